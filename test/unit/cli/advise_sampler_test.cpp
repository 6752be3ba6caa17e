#include <tutti/cli/advise/sampler.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <tutti/cli/advise/figures.hpp>
#include <tutti/cli/advise/governor.hpp>
#include <tutti/cli/advise/machine.hpp>

namespace tutti::cli::advise {
namespace {

namespace fs = std::filesystem;

// A tree of PID folders in a scratch folder, changed by the test between two looks.
class tree {
 public:
  explicit tree(const std::string& name)
      : root_(fs::path(testing::TempDir()) / ("tutti-proc-" + name)) {
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  ~tree() { fs::remove_all(root_); }
  tree(const tree&) = delete;
  tree& operator=(const tree&) = delete;

  std::string root() const { return root_.string(); }
  void write(const std::string& path, const std::string& text) {
    const fs::path where = root_ / path;
    fs::create_directories(where.parent_path());
    // Written in place: readers keep descriptors open, as they do in procfs.
    std::ofstream(where, std::ios::trunc) << text;
  }
  void link(const std::string& path, const std::string& target) {
    const fs::path where = root_ / path;
    fs::create_directories(where.parent_path());
    fs::remove(where);
    fs::create_symlink(target, where);
  }
  void remove(const std::string& path) { fs::remove_all(root_ / path); }

  static std::string stat(int pid, const std::string& name, char state, int parent) {
    return std::to_string(pid) + " (" + name + ") " + state + " " + std::to_string(parent) +
           " 1 1 0 -1 0 10 0 0 0 50 50 0 0 20 0 1 0 100000 0 0 0 0\n";
  }
  void thread(int pid, int tid, const std::string& name, const std::string& call, long long run_ms,
              long long wait_ms, long long slices) {
    const std::string base = std::to_string(pid) + "/task/" + std::to_string(tid) + "/";
    write(base + "stat", stat(tid, name, 'S', 1));
    write(base + "syscall", call);
    write(base + "schedstat", std::to_string(run_ms * 1000000) + " " +
                                  std::to_string(wait_ms * 1000000) + " " + std::to_string(slices) +
                                  "\n");
    write(base + "children", "");
    write(base + "status", "Name:\tx\nCpus_allowed_list:\t0-1\nvoluntary_ctxt_switches:\t" +
                               std::to_string(slices) + "\nnonvoluntary_ctxt_switches:\t3\n");
  }
  void process(int pid, const std::string& name, int parent, char state = 'S') {
    write(std::to_string(pid) + "/stat", stat(pid, name, state, parent));
  }

 private:
  fs::path root_;
};

const std::string socket_read = "0 0x3 0x1 0x1 0x0 0x0 0x0 0x7ffe 0x7fc5\n";
const std::string futex_wait = "202 0xabc0 0x80 0x2 0x0 0x0 0x0 0x7ffe 0x7fc5\n";

sampler::settings settings_for(const tree& t) {
  sampler::settings s;
  s.root = t.root();
  s.boot_s_at_begin = 1000;  // start time 100000 ticks of 1/100 s: born with the observation
  s.may_read_memory = false;
  return s;
}

const thread_record& find(const observation& o, int tid) {
  for (const thread_record& t : o.threads) {
    if (t.tid == tid) return t;
  }
  ADD_FAILURE() << "no thread " << tid;
  return o.threads.front();
}

TEST(sampler, divides_the_blocked_part_by_what_it_saw) {
  tree t("divide");
  t.process(7, "client", 1);
  t.thread(7, 7, "client", socket_read, 0, 0, 1);
  t.link("7/fd/3", "socket:[99]");
  sampler s(settings_for(t));
  s.add_process(7, 1, 0);
  for (int i = 1; i <= 10; ++i) {
    t.thread(7, 7, "client", socket_read, 10 * i, 5 * i, 1 + i);
    s.round(0.1 * i, 100);
  }
  s.read_slow_figures(1.0);
  const observation o = s.finish(1.0);
  ASSERT_EQ(o.threads.size(), 1U);
  const thread_share share = divide(o.threads[0], o.wall_s);
  EXPECT_NEAR(share.on_cpu_s, 0.100, 1e-9);
  EXPECT_NEAR(share.wanted_s, 0.050, 1e-9);
  EXPECT_NEAR(share.blocked_by[index_of(cause::socket)], 0.850, 1e-9);
  EXPECT_EQ(o.threads[0].voluntary, 11U);
  EXPECT_EQ(o.processes[0].cpus_allowed, 2U);
  double drawn = 0;
  for (const bucket& b : o.threads[0].timeline) drawn += static_cast<double>(b.on_cpu_s);
  EXPECT_NEAR(drawn, 0.1, 1e-5);
}

TEST(sampler, a_thread_that_has_not_moved_is_not_asked_again) {
  tree t("unmoved");
  t.process(7, "pool", 1);
  t.thread(7, 7, "pool", futex_wait, 1, 0, 5);
  sampler s(settings_for(t));
  s.add_process(7, 1, 0);
  s.round(0.1, 100);
  t.write("7/task/7/syscall", "garbage that would be noticed");
  s.round(0.2, 100);
  s.round(0.3, 100);
  const observation o = s.finish(0.3);
  EXPECT_NEAR(o.threads[0].blocked_looks_s[index_of(cause::futex)], 0.3, 1e-9);
  ASSERT_EQ(o.threads[0].futexes.size(), 1U);
  EXPECT_TRUE(o.threads[0].futexes[0].is_mutex_like);
}

TEST(sampler, threads_and_children_come_and_go) {
  tree t("comings");
  t.process(7, "parent", 1);
  t.thread(7, 7, "parent", "61 0x0 0x0 0x0 0x0 0x0 0x0 0x0 0x0\n", 1, 0, 1);
  sampler::settings with = settings_for(t);
  with.descriptors_max =
      0;  // a removed file would stay readable through a kept descriptor; procfs is stricter
  sampler s(with);
  s.add_process(7, 1, 0);
  s.round(0.1, 100);
  t.thread(7, 8, "late \xff name", futex_wait, 1, 0, 1);
  t.process(20, "child", 7);
  t.thread(20, 20, "child", "running\n", 50, 0, 2);
  t.write("7/task/7/children", "20 ");
  s.discover(0.2, false);
  EXPECT_EQ(s.living_threads(), 3U);
  EXPECT_EQ(s.living_processes(), 2U);
  s.round(0.3, 100);
  t.remove("20");
  t.remove("7/task/8");
  s.round(0.4, 100);
  EXPECT_EQ(s.living_threads(), 1U);
  const observation o = s.finish(0.4);
  EXPECT_EQ(o.threads_seen, 3U);
  EXPECT_EQ(o.processes_seen, 2U);
  EXPECT_TRUE(find(o, 20).has_ended);
  EXPECT_FALSE(find(o, 7).has_ended);
  EXPECT_NEAR(find(o, 20).on_cpu_s, 0.05, 1e-9);
}

TEST(sampler, many_threads_are_visited_in_turns) {
  tree t("turns");
  t.process(7, "many", 1);
  for (int tid = 7; tid < 47; ++tid) t.thread(7, tid, "many", futex_wait, 1, 0, 1);
  sampler s(settings_for(t));
  s.add_process(7, 1, 0);
  s.discover(0, false);
  EXPECT_EQ(s.living_threads(), 40U);
  for (int i = 1; i <= 4; ++i) EXPECT_EQ(s.round(0.1 * i, 10), 10U);
  const observation o = s.finish(0.4);
  for (const thread_record& r : o.threads) EXPECT_EQ(r.looks, 1U);
}

TEST(sampler, survives_what_is_gone_cut_off_or_nonsense) {
  tree t("gone");
  sampler s(settings_for(t));
  s.add_process(4711, 1, 0);  // never there
  EXPECT_FALSE(s.is_anything_alive());
  t.write("9/stat", "9 (cut of");
  s.add_process(9, 1, 0);
  EXPECT_FALSE(s.is_anything_alive());
  t.process(10, ") R 1 (", 1);
  s.add_process(10, 1, 0);  // a stat, and nothing else
  s.round(0.1, 100);
  EXPECT_FALSE(s.is_anything_alive());
  t.process(11, "zombie", 1, 'Z');
  s.add_process(11, 1, 0.1);
  EXPECT_FALSE(s.is_anything_alive());
  const observation o = s.finish(0.2);
  ASSERT_EQ(o.notes.size(), 1U);
  EXPECT_NE(o.notes[0].find("only waits for its parent"), std::string::npos);
}

TEST(sampler, a_zombie_is_counted_once) {
  tree t("zombie");
  t.process(7, "ends", 1);
  t.thread(7, 7, "ends", socket_read, 10, 0, 1);
  t.link("7/fd/3", "socket:[99]");
  sampler s(settings_for(t));
  s.add_process(7, 1, 0);
  s.round(0.5, 100);
  t.thread(7, 7, "ends", "-1 0x0 0x0\n", 20, 0, 2);
  t.write("7/task/7/stat", tree::stat(7, "ends", 'Z', 1));
  for (int i = 0; i < 3; ++i) {
    s.round(0.6, 100);
    s.discover(0.6, true);
  }
  const observation o = s.finish(0.6);
  ASSERT_EQ(o.threads.size(), 1U);
  EXPECT_NEAR(o.threads[0].on_cpu_s, 0.02, 1e-9);
}

TEST(sampler, an_orphan_that_nobody_collects_is_counted_once) {
  tree t("orphan");
  t.process(1, "watcher", 0);
  t.process(3, "before", 1);
  t.write("1/task/1/children", "3 ");
  t.process(7, "ends", 1);
  t.thread(7, 7, "ends", socket_read, 10, 0, 1);
  sampler::settings with = settings_for(t);
  with.own_pid = 1;
  with.not_ours = sampler::children_of(with.root, 1);
  t.write("1/task/1/children", "3 7 ");  // a program that forks at once, before the first look
  sampler s(with);
  s.discover(0.1, true);
  t.write("7/stat", tree::stat(7, "ends", 'Z', 1));
  t.write("7/task/7/stat", tree::stat(7, "ends", 'Z', 1));
  for (int i = 0; i < 5; ++i) {
    s.round(0.2 + i * 0.1, 100);
    s.discover(0.2 + i * 0.1, true);
  }
  EXPECT_EQ(s.finish(1).processes_seen, 1U);
}

TEST(sampler, what_an_adopted_process_did_before_the_watch_is_not_counted) {
  tree t("adopted");
  t.process(7, "parent", 1);
  t.thread(7, 7, "parent", socket_read, 9'000, 0, 1);
  sampler::settings with = settings_for(t);
  with.is_foreign = true;
  with.boot_s_at_begin = 1001;
  sampler s(with);
  s.add_process(7, 1, 0);
  s.round(0.1, 100);
  t.process(20, "older", 7);  // its parent ended, so it is a child of ours only now
  t.thread(20, 20, "older", socket_read, 50'000, 4'000, 2);
  t.write("7/task/7/children", "20 ");
  s.discover(0.2, true);
  t.thread(7, 7, "parent", socket_read, 9'010, 0, 2);
  t.thread(20, 20, "older", socket_read, 50'020, 4'000, 3);
  s.round(0.3, 100);
  const observation o = s.finish(0.3);
  EXPECT_NEAR(find(o, 7).on_cpu_s, 0.01, 1e-9);
  EXPECT_NEAR(find(o, 20).on_cpu_s, 0.02, 1e-9);
  EXPECT_NEAR(find(o, 20).wanted_s, 0, 1e-9);
}

TEST(sampler, a_stopped_thread_is_found_by_its_state) {
  tree t("stopped");
  t.process(7, "stopped", 1);
  t.thread(7, 7, "stopped", "-1 0x7ffe 0x7fc5\n", 1, 0, 1);
  t.write("7/task/7/stat", tree::stat(7, "stopped", 'T', 1));
  sampler s(settings_for(t));
  s.add_process(7, 1, 0);
  s.round(0.5, 100);
  const observation o = s.finish(0.5);
  EXPECT_NEAR(o.threads[0].blocked_looks_s[index_of(cause::stopped)], 0.5, 1e-9);
}

TEST(sampler, threads_on_the_same_address_are_a_crowd) {
  tree t("crowd");
  t.process(7, "lock", 1);
  for (int tid = 7; tid < 11; ++tid) t.thread(7, tid, "lock", futex_wait, 100, 0, 1);
  sampler s(settings_for(t));
  s.add_process(7, 1, 0);
  s.discover(0, false);
  s.round(0.5, 100);
  s.round(1.0, 100);
  const observation o = s.finish(1.0);
  ASSERT_EQ(o.crowds.size(), 1U);
  EXPECT_EQ(o.crowds[0].address, 0xabc0U);
  EXPECT_EQ(o.crowds[0].waiters_max, 4U);
  EXPECT_NEAR(o.crowds[0].waiter_seconds, 4.0, 1e-9);
}

TEST(sampler, long_runs_keep_a_bounded_timeline) {
  tree t("timeline");
  t.process(7, "long", 1);
  t.thread(7, 7, "long", futex_wait, 1, 0, 1);
  sampler s(settings_for(t));
  s.add_process(7, 1, 0);
  for (int i = 1; i <= 500; ++i) s.round(i * 1.0, 100);
  const observation o = s.finish(500);
  EXPECT_LE(o.threads[0].timeline.size(), 120U);
  EXPECT_GE(o.threads[0].timeline.size(), 59U);
  double drawn = 0;
  for (const bucket& b : o.threads[0].timeline) drawn += static_cast<double>(b.blocked_s);
  EXPECT_NEAR(drawn, 500, 1.0);
}

TEST(governor, keeps_the_cost_below_its_share) {
  governor g;
  double now = 0, spent = 0;
  for (int round = 0; round < 2000; ++round) {
    const std::size_t visits = std::min<std::size_t>(g.visits_max(), 10000);
    const double cost = static_cast<double>(visits) * 15e-6;  // ten thousand threads at 15 us
    spent += cost;
    g.after_round(cost, visits);
    now += g.interval_s(now, spent);
  }
  EXPECT_LT(spent / now, 0.01);
  EXPECT_LT(g.visits_max(), 200U);
}

TEST(governor, looks_a_hundred_times_a_second_when_that_is_cheap) {
  governor g;
  g.after_round(20e-6, 1);
  EXPECT_DOUBLE_EQ(g.interval_s(1.0, 0.001), governor::interval_min_s);
}

TEST(machine, quota_and_throttling_of_version_1_and_2) {
  tree t("machine");
  t.write("proc/stat",
          "cpu  100 0 100 1000 0 0 0 0 0 0\ncpu0 1 1 1 1 1 1 1 1\ncpu1 1 1 1 1 1 1 1 1\n");
  t.write("proc/self/cgroup", "2:cpu:/a/b\n4:memory:/m\n0::/u\n");
  t.write("proc/self/mounts",
          "cgroup /c/cpu cgroup rw,cpu 0 0\ncgroup /c/memory cgroup rw,memory 0 0\nnone /c/u "
          "cgroup2 rw 0 0\n");
  t.write("proc/meminfo", "MemAvailable: 1024 kB\n");
  t.write("c/cpu/a/cpu.cfs_quota_us", "150000\n");
  t.write("c/cpu/a/cpu.cfs_period_us", "100000\n");
  t.write("c/cpu/a/b/cpu.cfs_quota_us", "-1\n");
  t.write("c/cpu/a/b/cpu.cfs_period_us", "100000\n");
  t.write("c/cpu/a/b/cpu.stat", "throttled_time 1000000000\n");
  t.write("c/memory/m/memory.limit_in_bytes", "1048576\n");
  t.write("c/u/u/cpu.max", "50000 100000\n");
  t.write("c/u/u/cpu.stat", "throttled_usec 500000\n");
  const machine_reading before = read_machine(t.root() + "/proc", t.root(), 0);
  EXPECT_DOUBLE_EQ(before.quota_cpus, 0.5);
  EXPECT_DOUBLE_EQ(before.throttled_s, 1.5);
  EXPECT_DOUBLE_EQ(before.memory_limit, 1048576);
  EXPECT_FALSE(before.has_psi);
  t.write("proc/stat",
          "cpu  200 0 200 1000 0 0 0 200 0 0\ncpu0 1 1 1 1 1 1 1 1\ncpu1 1 1 1 1 1 1 1 1\n");
  const machine_reading after = read_machine(t.root() + "/proc", t.root(), 0);
  const machine_facts m = facts_between(before, after, 2.0, 100, 1.0, 0.0);
  EXPECT_EQ(m.cpus_seen, 2U);
  EXPECT_DOUBLE_EQ(m.neighbour_cpus, 0.5);
  EXPECT_DOUBLE_EQ(m.steal_share, 0.5);
  EXPECT_LT(m.psi_cpu, 0);
}

TEST(machine, an_empty_tree_is_no_reason_to_fail) {
  tree t("nothing");
  const machine_reading r = read_machine(t.root(), t.root(), 1);
  const machine_facts m = facts_between(r, r, 1.0, 100, 0, 0);
  EXPECT_EQ(m.cpus_seen, 1U);
  EXPECT_DOUBLE_EQ(m.neighbour_cpus, 0);
}

}  // namespace
}  // namespace tutti::cli::advise
