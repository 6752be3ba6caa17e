#include <tutti/sys/procfs.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstdint>
#include <cstring>
#include <ctime>

namespace tutti::sys {
namespace {

double seconds_of(clockid_t which) noexcept {
  timespec now{};
  clock_gettime(which, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Reads until the end, the limit or an error; procfs may answer in pieces.
ssize_t read_all(int fd, char* to, std::size_t bytes_max) noexcept {
  std::size_t used = 0;
  while (used < bytes_max) {
    const ssize_t n = pread(fd, to + used, bytes_max - used, static_cast<off_t>(used));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return used > 0 ? static_cast<ssize_t>(used) : -1;
    if (n == 0) break;
    used += static_cast<std::size_t>(n);
  }
  return static_cast<ssize_t>(used);
}

constexpr std::size_t kept_bytes_max = 4096;
thread_local std::array<char, kept_bytes_max> kept_buffer;

}  // namespace

std::optional<std::string> read_text(const std::string& path, std::size_t bytes_max) {
  const descriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return {};
  std::string text(bytes_max, '\0');
  const ssize_t n = read_all(fd.get(), text.data(), text.size());
  if (n < 0) return {};
  text.resize(static_cast<std::size_t>(n));
  return text;
}

std::optional<std::string> read_link(const std::string& path) {
  std::array<char, PATH_MAX> room{};
  const ssize_t n = readlink(path.c_str(), room.data(), room.size());
  if (n < 0) return {};
  return std::string(room.data(), static_cast<std::size_t>(n));
}

std::optional<std::vector<int>> list_numbers(const std::string& path, std::size_t entries_max) {
  DIR* folder = opendir(path.c_str());
  if (folder == nullptr) return {};
  std::vector<int> numbers;
  while (numbers.size() < entries_max) {
    const dirent* entry = readdir(folder);
    if (entry == nullptr) break;
    const char* const name = static_cast<const char*>(entry->d_name);
    const char* const end = name + std::strlen(name);
    int number = 0;
    const auto [stop, error] = std::from_chars(name, end, number);
    if (error == std::errc() && stop == end && number >= 0) numbers.push_back(number);
  }
  closedir(folder);
  return numbers;
}

std::string_view kept_file::read(bool keep, std::size_t bytes_max) {
  errno_ = 0;
  if (!fd_) fd_ = descriptor(open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd_) {
    errno_ = errno;
    return {};
  }
  const ssize_t n = read_all(fd_.get(), kept_buffer.data(), std::min(bytes_max, kept_bytes_max));
  if (n <= 0) errno_ = n < 0 ? errno : 0;
  if (!keep || n <= 0) fd_.reset();
  if (n <= 0) return {};
  return {kept_buffer.data(), static_cast<std::size_t>(n)};
}

bool read_memory(int pid, unsigned long long address, void* to, std::size_t bytes) noexcept {
  const iovec here{to, bytes};
  const iovec there{reinterpret_cast<void*>(static_cast<std::uintptr_t>(address)), bytes};
  return process_vm_readv(pid, &here, 1, &there, 1, 0) == static_cast<ssize_t>(bytes);
}

double own_cpu_seconds() noexcept { return seconds_of(CLOCK_PROCESS_CPUTIME_ID); }

std::size_t descriptors_max() noexcept {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 256;
  if (limit.rlim_cur == RLIM_INFINITY) return 1U << 20U;
  return static_cast<std::size_t>(limit.rlim_cur);
}

int own_pid() noexcept { return getpid(); }

double seconds_since_boot() noexcept { return seconds_of(CLOCK_BOOTTIME); }

long ticks_per_second() noexcept { return std::max(1L, sysconf(_SC_CLK_TCK)); }

long page_bytes() noexcept { return std::max(1L, sysconf(_SC_PAGESIZE)); }

}  // namespace tutti::sys
