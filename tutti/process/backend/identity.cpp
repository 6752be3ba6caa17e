#include <tutti/process/backend/identity.hpp>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <tutti/sys/atomic.hpp>
#include <tutti/sys/descriptor.hpp>

namespace tutti::detail::os {
namespace {

/// Process numbers end at 2^22; what is left holds a birth for as long as a machine runs.
constexpr unsigned number_bits = 22;

int number_of(process_mark who) noexcept {
  return static_cast<int>(who & ((process_mark{1} << number_bits) - 1));
}
std::uint64_t birth_of(process_mark who) noexcept { return who >> number_bits; }

struct status {
  char state = '\0';
  long threads = 0;
  std::uint64_t birth = 0;
};

/// False: it could not be read.
bool read_status(int number, status& out) noexcept {
  char path[32];
  std::snprintf(path, sizeof path, "/proc/%d/stat", number);
  const sys::descriptor file{::open(path, O_RDONLY | O_CLOEXEC)};
  if (!file) return false;
  char text[1024];
  const ssize_t length = ::read(file.get(), text, sizeof text - 1);
  if (length <= 0) return false;
  text[length] = '\0';
  const char* at = std::strrchr(text, ')');  // the name before it may hold anything
  if (at == nullptr || at[1] != ' ') return false;
  at += 2;
  out.state = *at;
  // The state is the third field, the number of threads the 20th, the birth the 22nd.
  for (int field = 3; field < 22; ++field) {
    at = std::strchr(at, ' ');
    if (at == nullptr) return false;
    ++at;
    if (field + 1 == 20) out.threads = std::strtol(at, nullptr, 10);
  }
  out.birth = std::strtoull(at, nullptr, 10);
  return true;
}

constinit sys::atomic<std::uint64_t> remembered{0};

}  // namespace

void forget_own_mark() noexcept { remembered.store(0, sys::relaxed); }

process_mark own_mark() noexcept {
  process_mark mark = remembered.load(sys::relaxed);  // the same whoever stores it
  if (mark != 0) return mark;
  static const int forks = ::pthread_atfork(nullptr, nullptr, &forget_own_mark);
  static_cast<void>(forks);
  const int number = ::getpid();
  status now;
  if (read_status(number, now)) mark = now.birth << number_bits;
  mark |= static_cast<process_mark>(number);
  remembered.store(mark, sys::relaxed);
  return mark;
}

bool is_gone(process_mark who) noexcept {
  const int number = number_of(who);
  if (number <= 0) return false;  // nobody, or nonsense
  if (::kill(number, 0) != 0 && errno == ESRCH) return true;
  status now;
  if (!read_status(number, now)) return false;
  if (birth_of(who) != 0 && now.birth != birth_of(who)) return true;  // its number is another's
  // The first thread of a program may have ended alone.
  return (now.state == 'Z' || now.state == 'X') && now.threads <= 1;
}

bool is_stopped(int pid) noexcept {
  status now;
  return read_status(pid, now) && (now.state == 'T' || now.state == 't');
}

}  // namespace tutti::detail::os
