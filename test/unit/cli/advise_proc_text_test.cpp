#include <tutti/cli/advise/proc_text.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>

#include <tutti/cli/advise/calls.hpp>

namespace tutti::cli::advise {
namespace {

// Recorded on Linux 6.18, Debian 12.
const std::string stat_text =
    "4242 (fetch (v2) x) S 17 4242 17 34816 4242 4194304 1523 0 3 0 120 33 0 0 20 0 5 0 987654 "
    "123456789 800 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n";
const std::string schedstat_text = "1234567890 987654 4321\n";
const std::string syscall_text =
    "202 0x7f0000001000 0x80 0x2 0x0 0x0 0x0 0x7ffe4aad54c8 0x7fc5639872ad\n";
const std::string status_text =
    "Name:\tfetch\nUmask:\t0022\nState:\tS (sleeping)\nVmPeak:\t  9000 kB\nVmHWM:\t    5120 kB\n"
    "Cpus_allowed:\t3\nCpus_allowed_list:\t0-1,4\nvoluntary_ctxt_switches:\t150\n"
    "nonvoluntary_ctxt_switches:\t7\n";
const std::string io_text =
    "rchar: 3980\nwchar: 10450944\nsyscr: 8\nsyscw: 20412\nread_bytes: 4096\nwrite_bytes: "
    "83636224\n"
    "cancelled_write_bytes: 0\n";
const std::string machine_text =
    "cpu  7949 5463 2082 268244 1553 0 83 7 0 0\ncpu0 4072 2993 1017 133805 796 0 23 3 0 0\n"
    "cpu1 3876 2469 1065 134438 757 0 59 4 0 0\nintr 1 2 3\nctxt 653178\n";
const std::string pressure_text =
    "some avg10=7.23 avg60=1.33 avg300=0.32 total=10908192\n"
    "full avg10=6.68 avg60=1.23 avg300=0.29 total=10658153\n";
const std::string mounts_text =
    "proc /proc proc rw 0 0\ncgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,relatime,cpu,cpuacct 0 0\n"
    "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw "
    "0 0\n";
const std::string cgroup_text =
    "9:name=systemd:/\n4:memory:/box/7\n2:cpuacct,cpu:/box\n1:cpuset:/\n0::/user.slice/a\n";
const std::string limits_text =
    "Limit                     Soft Limit           Hard Limit           Units     \n"
    "Max open files            1024                 524288               files     \n"
    "Max processes             unlimited            unlimited            processes \n";

TEST(proc_text, a_name_may_hold_parentheses_and_blanks) {
  const auto s = parse_stat(stat_text);
  ASSERT_TRUE(s);
  EXPECT_EQ(s->name, "fetch (v2) x");
  EXPECT_EQ(s->state, 'S');
  EXPECT_EQ(s->parent, 17);
  EXPECT_EQ(s->minor_faults, 1523U);
  EXPECT_EQ(s->major_faults, 3U);
  EXPECT_EQ(s->user_ticks, 120U);
  EXPECT_EQ(s->kernel_ticks, 33U);
  EXPECT_EQ(s->threads, 5);
  EXPECT_EQ(s->start_ticks, 987654U);
}

TEST(proc_text, hostile_names_do_not_shift_the_fields) {
  for (const std::string name :
       {") S 1 2 3", "\n", "", "a\nState: R", "\xff\xfe", "((((", "4242 (x) R 1", "\t"}) {
    std::string text = stat_text;
    text.replace(text.find("fetch (v2) x"), 12, name);
    const auto s = parse_stat(text);
    ASSERT_TRUE(s) << name;
    EXPECT_EQ(s->name, name);
    EXPECT_EQ(s->start_ticks, 987654U);
  }
}

TEST(proc_text, a_cut_off_text_is_no_answer_and_never_a_wrong_one) {
  for (std::size_t n = 0; n < stat_text.size(); ++n) {
    const auto s = parse_stat(stat_text.substr(0, n));
    if (s) {
      EXPECT_EQ(s->start_ticks, 987654U) << n;
    }
  }
  for (std::size_t n = 0; n < schedstat_text.size(); ++n)
    EXPECT_FALSE(parse_schedstat(schedstat_text.substr(0, n)));
  for (std::size_t n = 0; n < syscall_text.size(); ++n)
    EXPECT_FALSE(parse_syscall(syscall_text.substr(0, n)));
  for (std::size_t n = 0; n < 120; ++n) EXPECT_FALSE(parse_status(status_text.substr(0, n)));
  for (std::size_t n = 0; n < 60; ++n) EXPECT_FALSE(parse_io(io_text.substr(0, n)));
}

TEST(proc_text, schedstat) {
  const auto s = parse_schedstat(schedstat_text);
  ASSERT_TRUE(s);
  EXPECT_EQ(s->run_ns, 1234567890U);
  EXPECT_EQ(s->wait_ns, 987654U);
  EXPECT_EQ(s->slices, 4321U);
  EXPECT_FALSE(parse_schedstat("-1 2 3\n"));
  EXPECT_FALSE(parse_schedstat("99999999999999999999 2 3\n"));
}

TEST(proc_text, syscall_has_three_faces) {
  EXPECT_EQ(parse_syscall("running\n")->state, syscall_line::what::running);
  EXPECT_EQ(parse_syscall("-1 0x7ffe 0x7fc5\n")->state, syscall_line::what::outside);
  const auto s = parse_syscall(syscall_text);
  ASSERT_TRUE(s);
  EXPECT_EQ(s->state, syscall_line::what::inside);
  EXPECT_EQ(s->number, 202);
  EXPECT_EQ(s->args[0], 0x7f0000001000U);
  EXPECT_TRUE(is_mutex_wait(*s));
  EXPECT_FALSE(parse_syscall("202 7f00 0x80 0x2 0x0 0x0 0x0\n"));
}

TEST(proc_text, status_io_limits) {
  const auto s = parse_status(status_text);
  ASSERT_TRUE(s);
  EXPECT_EQ(s->voluntary, 150U);
  EXPECT_EQ(s->involuntary, 7U);
  EXPECT_EQ(s->peak_rss_kib, 5120U);
  EXPECT_EQ(s->cpus_allowed, 3U);
  const auto io = parse_io(io_text);
  ASSERT_TRUE(io);
  EXPECT_EQ(io->write_calls, 20412U);
  EXPECT_EQ(io->written_bytes, 83636224U);
  EXPECT_EQ(parse_limit(limits_text, "Max open files"), 1024U);
  EXPECT_EQ(parse_limit(limits_text, "Max processes"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_FALSE(parse_limit(limits_text, "Max sadness"));
}

TEST(proc_text, children_cut_off_in_the_middle_lose_the_last_number_only) {
  EXPECT_EQ(parse_children("12 345 "), (std::vector<int>{12, 345}));
  EXPECT_EQ(parse_children("12 34"), (std::vector<int>{12}));
  EXPECT_TRUE(parse_children("").empty());
  EXPECT_EQ(parse_children("x -3 7 "), (std::vector<int>{7}));
}

TEST(proc_text, cpu_lists) {
  EXPECT_EQ(count_list("0-3,7"), 5U);
  EXPECT_EQ(count_list("0"), 1U);
  for (const char* bad : {"", "3-1", "a", "1-", "0-99999999999", ",,"})
    EXPECT_EQ(count_list(bad), 0U) << bad;
}

TEST(proc_text, the_machine) {
  const auto cpu = parse_cpu(machine_text);
  ASSERT_TRUE(cpu);
  EXPECT_EQ(cpu->busy, 7949U + 5463U + 2082U + 83U);
  EXPECT_EQ(cpu->idle, 268244U + 1553U);
  EXPECT_EQ(cpu->steal, 7U);
  EXPECT_EQ(count_cpus(machine_text), 2U);
  const auto psi = parse_pressure(pressure_text);
  ASSERT_TRUE(psi);
  EXPECT_EQ(psi->some_us, 10908192U);
  EXPECT_EQ(psi->full_us, 10658153U);
  EXPECT_EQ(parse_meminfo("MemTotal: 4 kB\nMemAvailable:  3 kB\n", "MemAvailable"), 3072U);
  EXPECT_FALSE(parse_meminfo("MemAvailable: 18446744073709551615 kB\n", "MemAvailable"));
}

TEST(proc_text, cgroups_of_both_versions) {
  const cgroup_paths g = parse_cgroup(cgroup_text);
  EXPECT_EQ(g.unified, "/user.slice/a");
  EXPECT_EQ(g.cpu, "/box");
  EXPECT_EQ(g.memory, "/box/7");
  const cgroup_paths m = parse_mounts(mounts_text);
  EXPECT_EQ(m.unified, "/sys/fs/cgroup/unified");
  EXPECT_EQ(m.cpu, "/sys/fs/cgroup/cpu,cpuacct");
  EXPECT_EQ(m.memory, "/sys/fs/cgroup/memory");
  EXPECT_DOUBLE_EQ(*parse_cpu_max("50000 100000\n"), 0.5);
  EXPECT_FALSE(parse_cpu_max("max 100000\n"));
  EXPECT_DOUBLE_EQ(*parse_cfs_quota("150000\n", "100000\n"), 1.5);
  EXPECT_FALSE(parse_cfs_quota("-1\n", "100000\n"));
  EXPECT_DOUBLE_EQ(*parse_throttled_s("nr_periods 3\nnr_throttled 2\nthrottled_time 1500000000\n"),
                   1.5);
  EXPECT_DOUBLE_EQ(*parse_throttled_s("usage_usec 1\nthrottled_usec 2500000\n"), 2.5);
  EXPECT_FALSE(parse_throttled_s("nonsense"));
}

TEST(calls, numbers_of_two_machines) {
  EXPECT_EQ(describe_call(202, machine_kind::x86_64).kind, call_kind::futex);
  EXPECT_EQ(describe_call(98, machine_kind::aarch64).kind, call_kind::futex);
  EXPECT_TRUE(describe_call(232, machine_kind::x86_64).is_epoll);
  EXPECT_TRUE(describe_call(74, machine_kind::x86_64).is_sync);
  EXPECT_EQ(describe_call(288, machine_kind::x86_64).where, cause::accept);
  EXPECT_EQ(describe_call(-1, machine_kind::x86_64).where, cause::other);
  EXPECT_EQ(describe_call(99999, machine_kind::aarch64).where, cause::other);
}

TEST(calls, descriptors_and_kernel_functions) {
  EXPECT_EQ(describe_descriptor("socket:[1234]"), cause::socket);
  EXPECT_EQ(describe_descriptor("pipe:[1]"), cause::pipe);
  EXPECT_EQ(describe_descriptor("/dev/pts/3"), cause::terminal);
  EXPECT_EQ(describe_descriptor("/home/a b/file"), cause::file);
  EXPECT_EQ(describe_descriptor("anon_inode:[timerfd]"), cause::timer);
  EXPECT_EQ(describe_descriptor(""), cause::other);
  EXPECT_EQ(describe_wchan("futex_do_wait"), cause::futex);
  EXPECT_EQ(describe_wchan("ep_poll"), cause::event);
  EXPECT_EQ(describe_wchan("inet_csk_accept"), cause::accept);
  EXPECT_EQ(describe_wchan("folio_wait_bit"), cause::file);
  EXPECT_EQ(describe_wchan("0"), cause::unknown);
  EXPECT_EQ(describe_wchan("brand_new_function"), cause::other);
}

TEST(calls, one_descriptor_is_no_event_loop) {
  EXPECT_EQ(describe_set({}), cause::timer);
  EXPECT_EQ(describe_set({cause::socket}), cause::socket);
  EXPECT_EQ(describe_set({cause::pipe, cause::socket}), cause::socket);
  EXPECT_EQ(describe_set({cause::socket, cause::socket, cause::pipe}), cause::event);
}

// Every parser on broken variants of every recorded text: it must answer or decline, never crash or
// read beyond.
TEST(proc_text, broken_texts_are_survived) {
  const std::vector<std::string> seeds{stat_text,   schedstat_text, syscall_text,  status_text,
                                       io_text,     machine_text,   pressure_text, mounts_text,
                                       cgroup_text, limits_text,    "12 345 "};
  std::mt19937_64 random(20240607);
  const auto below = [&random](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (int round = 0; round < 20000; ++round) {
    std::string text = seeds[below(seeds.size())];
    for (std::size_t changes = 1 + below(4); changes > 0 && !text.empty(); --changes) {
      const std::size_t at = below(text.size());
      switch (below(5)) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, 1 + below(8));
          break;
        case 2:
          text.insert(at, std::string(1 + below(30), "9- \n(x)0"[below(8)]));
          break;
        case 3:
          text.resize(at);
          break;
        default:
          text += seeds[below(seeds.size())].substr(below(7));
          break;
      }
    }
    // A heap copy of exactly that size: an address sanitizer sees every byte too far.
    const std::vector<char> exact(text.begin(), text.end());
    const std::string_view view(exact.data(), exact.size());
    parse_stat(view);
    parse_schedstat(view);
    parse_syscall(view);
    parse_status(view);
    parse_io(view);
    parse_children(view);
    parse_limit(view, "Max open files");
    parse_pressure(view);
    parse_cpu(view);
    count_cpus(view);
    count_list(view);
    parse_meminfo(view, "MemAvailable");
    parse_cgroup(view);
    parse_mounts(view);
    parse_cpu_max(view);
    parse_cfs_quota(view, view);
    parse_throttled_s(view);
    parse_number(view);
    describe_descriptor(view);
    describe_wchan(view);
  }
}

}  // namespace
}  // namespace tutti::cli::advise
