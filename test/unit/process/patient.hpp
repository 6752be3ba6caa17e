/// Time limits in tests are short so that the guilty end soon. On a busy machine they may strike an
/// innocent task, too, which is no failure: what counts is that the pool serves it in the end.
#pragma once

#include <csignal>
#include <cstdio>
#include <string>
#include <thread>
#include <utility>

#include <tutti/base/error.hpp>
#include <tutti/core/future.hpp>

/// The result, or what `otherwise()` gives where the limit was faster.
template <class T, class Otherwise>
T result_or(tutti::future<T> asked, Otherwise otherwise) {
  try {
    return asked.get();
  } catch (const tutti::timeout_error&) {
    return otherwise();
  }
}

/// Has this process ended, or been stopped? A signal that was sent may still be on its way to
/// another processor, where the process goes on meanwhile and may begin what it is given.
inline bool is_at_rest(int pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  std::FILE* const stat = std::fopen(path.c_str(), "r");
  if (stat == nullptr) return true;  // collected
  char text[512] = {};
  const std::size_t length = std::fread(text, 1, sizeof text - 1, stat);
  std::fclose(stat);
  const std::string line(text, length);
  const std::size_t close = line.rfind(')');
  if (close == line.npos || close + 2 >= line.size()) return true;  // gone while we looked
  const char state = line[close + 2];
  return state == 'Z' || state == 'X' || state == 'T';
}
/// Sends a signal that ends or stops, and returns when it has.
inline void end_now(int pid, int signal = SIGKILL) {
  ::kill(pid, signal);
  while (!is_at_rest(pid)) std::this_thread::yield();
}

/// What the pool gives at last. Hangs, and is ended by the test's own limit, if it never does.
template <class Pool, class F, class... A>
auto served(Pool& pool, F f, A... args) {
  for (;;) {
    try {
      return pool.submit(f, args...).get();
    } catch (const tutti::timeout_error&) {
    }
  }
}
