/// The kinds of death that workers die in the tests, and what their host is to be told.
#pragma once

#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <limits>
#include <new>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

namespace deaths {

enum class death { segv, kill, leave, abort, overflow, memory };
struct expected {
  int signal;
  int code;
};

#if defined(TUTTI_ASAN) || defined(TUTTI_TSAN)
inline const std::vector<death> all{death::kill, death::leave,
                                    death::abort};  // the sanitizer's: the others
#else
inline const std::vector<death> all{death::segv,  death::kill,     death::leave,
                                    death::abort, death::overflow, death::memory};
#endif

/// Those that end a program by any of its threads at once.
#if defined(TUTTI_TSAN)
inline const std::vector<death> in_any_thread{death::kill, death::abort};  // it exits a second late
#else
inline const std::vector<death>& in_any_thread = all;
#endif

inline expected end_of(death d) {
  switch (d) {
    case death::segv:
    case death::overflow:
      return {SIGSEGV, 0};
    case death::kill:
      return {SIGKILL, 0};
    case death::leave:
      return {0, 7};
    case death::abort:
    case death::memory:
      return {SIGABRT, 0};
  }
  return {};
}

inline volatile int depth_reached = 0;
inline int overflow(int depth) {  // NOLINT
  volatile char room[4096] = {};
  depth_reached = depth;
  if (depth < 0) return 0;
  return overflow(depth + 1) + room[depth % 4096];
}
/// Some machines let stacks grow for ever.
inline void bound_the_stack() noexcept {
  rlimit limit;
  if (::getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur <= (8U << 20)) return;
  limit.rlim_cur = 8U << 20;
  ::setrlimit(RLIMIT_STACK, &limit);
}
/// Memory that is not there, where nothing may be thrown.
inline void want_too_much() noexcept {
  std::set_terminate([] { std::abort(); });  // without a word
  volatile std::size_t bytes = std::numeric_limits<std::size_t>::max() / 4;
  static_cast<char*>(::operator new(bytes))[0] = 1;
}
inline void die(death d) {
  switch (d) {
    case death::segv:
      std::raise(SIGSEGV);
      break;
    case death::kill:
      std::raise(SIGKILL);
      break;
    case death::leave:
      ::_exit(7);
    case death::abort:
      std::abort();
    case death::overflow:
      bound_the_stack();
      overflow(0);
      break;
    case death::memory:
      want_too_much();
      break;
  }
}

}  // namespace deaths
