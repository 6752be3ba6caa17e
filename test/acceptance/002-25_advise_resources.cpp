// rows: 002-25
// links: tutti_cli_parts
// Under a quota of one CPU the advice and the default number of workers change. The quota is a real
// cgroup where this process may make one (version 1 or 2), else the affinity mask says the same.
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

#include <tutti/cli/advise/machine.hpp>
#include <tutti/cli/advise/recommend.hpp>
#include <tutti/sys/topology.hpp>

namespace {

using namespace tutti::cli::advise;

bool put(const std::string& path, const std::string& text) {
  std::ofstream out(path);
  out << text << std::flush;
  return out.good();
}

// A group of ours with one CPU's quota; leaves and removes it at the end.
class one_cpu_group {
 public:
  one_cpu_group() {
    const std::string name = "/tutti-acceptance-" + std::to_string(getpid());
    for (const char* root : {"/sys/fs/cgroup/cpu", "/sys/fs/cgroup"}) {
      root_ = root;
      folder_ = root_ + name;
      if (mkdir(folder_.c_str(), 0755) != 0) continue;
      const bool is_limited = put(folder_ + "/cpu.cfs_quota_us", "100000") ||
                              put(folder_ + "/cpu.max", "100000 100000");
      if (is_limited && put(folder_ + "/cgroup.procs", std::to_string(getpid()))) {
        is_real_ = true;
        return;
      }
      rmdir(folder_.c_str());
    }
    cpu_set_t one;
    CPU_ZERO(&one);
    cpu_set_t now;
    sched_getaffinity(0, sizeof now, &now);
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (!CPU_ISSET(cpu, &now)) continue;
      CPU_SET(cpu, &one);
      break;
    }
    sched_setaffinity(0, sizeof one, &one);
  }
  ~one_cpu_group() {
    if (!is_real_) return;
    put(root_ + "/cgroup.procs", std::to_string(getpid()));
    rmdir(folder_.c_str());
  }
  one_cpu_group(const one_cpu_group&) = delete;
  one_cpu_group& operator=(const one_cpu_group&) = delete;
  bool is_real() const { return is_real_; }

 private:
  std::string root_, folder_;
  bool is_real_ = false;
};

machine_facts facts_now() {
  const machine_reading now = read_machine("/proc", "", 0);
  machine_facts m = facts_between(now, now, 1, 100, 0, 0);
  m.cpus_allowed = tutti::sys::effective_cores();
  return m;
}

}  // namespace

int main() {
  machine_facts four;
  four.cpus_seen = four.cpus_allowed = 4;
  const advice before = recommend_described({described_work::task::cpu}, four, {});
  const one_cpu_group group;
  const machine_facts m = facts_now();
  const advice after = recommend_described({described_work::task::cpu}, m, {});
  std::printf("limit by %s: %u workers by default\n",
              group.is_real() ? "a cgroup quota" : "the affinity mask",
              tutti::sys::effective_cores());
  std::printf("four CPUs: %s\none CPU:   %s\n", before.sentence.c_str(), after.sentence.c_str());
  const bool quota_is_seen = !group.is_real() || (m.quota_cpus > 0.9 && m.quota_cpus < 1.1);
  const bool default_changes = tutti::sys::effective_cores() == 1;
  const bool advice_changes = before.use == model::threads && before.size == 4 &&
                              after.use == model::keep && after.size == 1;
  if (quota_is_seen && default_changes && advice_changes) return 0;
  std::fprintf(stderr, "quota seen %d (%.2f), default changes %d, advice changes %d\n",
               quota_is_seen, m.quota_cpus, default_changes, advice_changes);
  return 1;
}
