/// Bytes from anywhere where procfs and cgroup files are expected: every parser of `tutti advise`
/// answers or declines. For libFuzzer (clang); the asan build runs it for a moment as
/// `fuzz.proc_text`.
#include <tutti/cli/advise/proc_text.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

namespace advise = tutti::cli::advise;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "did not hold: %s\n", what);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto stat = advise::parse_stat(text)) {
    require(stat->name.size() < size, "a name is part of the text");
  }
  (void)advise::parse_schedstat(text);
  (void)advise::parse_syscall(text);
  (void)advise::parse_status(text);
  (void)advise::parse_io(text);
  require(advise::parse_children(text).size() <= size, "a number takes a character");
  (void)advise::parse_limit(text, "Max open files");
  (void)advise::parse_pressure(text);
  (void)advise::parse_cpu(text);
  require(advise::count_cpus(text) <= size, "a CPU takes a line");
  (void)advise::parse_meminfo(text, "MemAvailable");
  (void)advise::parse_cgroup(text);
  (void)advise::parse_mounts(text);
  if (const auto cpus = advise::parse_cpu_max(text)) require(*cpus >= 0, "a limit is no debt");
  const std::size_t half = size / 2;
  if (const auto cpus = advise::parse_cfs_quota(text.substr(0, half), text.substr(half))) {
    require(*cpus >= 0, "a limit is no debt");
  }
  (void)advise::parse_throttled_s(text);
  (void)advise::parse_number(text);
  (void)advise::count_list(text);
  return 0;
}
