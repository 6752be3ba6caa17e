#include <tutti/sys/process_use.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

namespace tutti::sys {

namespace {

duration read_clock(clockid_t which) noexcept {
  timespec at{};
  if (clock_gettime(which, &at) != 0) return {};
  return std::chrono::seconds(at.tv_sec) + std::chrono::nanoseconds(at.tv_nsec);
}

}  // namespace

process_use this_process_use() noexcept {
  process_use out;
  out.process = getpid();
  out.cpu = read_clock(CLOCK_PROCESS_CPUTIME_ID);
  rusage use{};
  if (getrusage(RUSAGE_SELF, &use) == 0)
    out.peak_bytes = static_cast<std::uint64_t>(use.ru_maxrss) * 1024;
  return out;
}

bool forget_peak() noexcept {
  const int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool done = write(fd, "5", 1) == 1;
  close(fd);
  return done;
}

duration this_thread_cpu() noexcept { return read_clock(CLOCK_THREAD_CPUTIME_ID); }

}  // namespace tutti::sys
