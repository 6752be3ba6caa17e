// Parsers of what procfs and cgroup files say: pure functions on text. Each answers "nothing" for
// text that is cut off, empty or hostile; none throws, none reads beyond its argument.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tutti::cli::advise {

/// PID/stat, the fields we use. The name may hold anything, also spaces and parentheses.
struct stat_line {
  std::string name;
  char state = '?';
  int parent = 0;
  std::uint64_t minor_faults = 0;
  std::uint64_t major_faults = 0;
  std::uint64_t user_ticks = 0;
  std::uint64_t kernel_ticks = 0;
  std::int64_t threads = 0;
  std::uint64_t start_ticks = 0;
};
std::optional<stat_line> parse_stat(std::string_view text);

/// schedstat: nanoseconds on a CPU, nanoseconds runnable without one, number of slices.
struct schedstat_line {
  std::uint64_t run_ns = 0;
  std::uint64_t wait_ns = 0;
  std::uint64_t slices = 0;
};
std::optional<schedstat_line> parse_schedstat(std::string_view text);

/// syscall: "running", "-1 SP PC" (blocked outside a call, as in a page fault), or number and six
/// arguments.
struct syscall_line {
  enum class what { running, outside, inside };
  what state = what::running;
  long number = -1;
  std::array<std::uint64_t, 6> args{};
};
std::optional<syscall_line> parse_syscall(std::string_view text);

/// status: switches, peak memory, allowed CPUs.
struct status_lines {
  std::uint64_t voluntary = 0;
  std::uint64_t involuntary = 0;
  std::uint64_t peak_rss_kib = 0;
  unsigned cpus_allowed = 0;
};
std::optional<status_lines> parse_status(std::string_view text);

/// How many numbers a list like "0-3,7" holds; 0 for anything that is no such list.
unsigned count_list(std::string_view list);

/// io: what went to and came from storage and how many calls that took.
struct io_lines {
  std::uint64_t read_chars = 0;
  std::uint64_t written_chars = 0;
  std::uint64_t read_calls = 0;
  std::uint64_t write_calls = 0;
  std::uint64_t read_bytes = 0;
  std::uint64_t written_bytes = 0;
};
std::optional<io_lines> parse_io(std::string_view text);

/// children: the process numbers in it; a number that is cut off at the end of the text is left
/// out.
std::vector<int> parse_children(std::string_view text);

/// The limit named `name` of PID/limits; empty when absent, UINT64_MAX for "unlimited".
std::optional<std::uint64_t> parse_limit(std::string_view text, std::string_view name);

/// pressure/*: microseconds in which some (or all) tasks stalled.
struct pressure_lines {
  std::uint64_t some_us = 0;
  std::uint64_t full_us = 0;
};
std::optional<pressure_lines> parse_pressure(std::string_view text);

/// The first line of /proc/stat, in clock ticks.
struct cpu_line {
  std::uint64_t busy = 0;  ///< everything but idle and waiting for storage, without steal
  std::uint64_t idle = 0;
  std::uint64_t steal = 0;
};
std::optional<cpu_line> parse_cpu(std::string_view text);
/// How many `cpuN` lines /proc/stat has.
unsigned count_cpus(std::string_view text);

/// The bytes of the entry `name` ("MemAvailable") of /proc/meminfo.
std::optional<std::uint64_t> parse_meminfo(std::string_view text, std::string_view name);

/// PID/cgroup: the folders below the mount points, version 2 and the `cpu` and `memory` controllers
/// of version 1.
struct cgroup_paths {
  std::string unified;  ///< empty: not in a version 2 group
  std::string cpu;      ///< empty: no version 1 cpu controller
  std::string memory;
};
cgroup_paths parse_cgroup(std::string_view text);

/// Where the cgroup file systems are mounted, from PID/mounts.
cgroup_paths parse_mounts(std::string_view text);

/// cpu.max of version 2 ("max 100000", "50000 100000") as a number of CPUs; empty: no limit or not
/// readable.
std::optional<double> parse_cpu_max(std::string_view text);
/// cpu.cfs_quota_us and cpu.cfs_period_us of version 1 as a number of CPUs; empty: no limit or not
/// readable.
std::optional<double> parse_cfs_quota(std::string_view quota, std::string_view period);
/// cpu.stat of both versions: seconds the group was not allowed to run.
std::optional<double> parse_throttled_s(std::string_view text);

/// A whole number at the start of the text, after blanks.
std::optional<std::uint64_t> parse_number(std::string_view text);

}  // namespace tutti::cli::advise
