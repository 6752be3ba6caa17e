/// A module that brings the library along, as an extension of an interpreter does.
#include <tutti/process/process_pool.hpp>

#include <csignal>
#include <cstdio>
#include <vector>

namespace {
int square(int x) { return x * x; }
}  // namespace

/// 0: all was well.
extern "C" int late_pool(int x) {
  try {
    tutti::process_pool pool{{.workers = 2}};
    if (pool.submit(square, x).get() != x * x) return 1;
    if (pool.map(square, std::vector{1, 2}).get() != std::vector{1, 4}) return 2;
    try {
      pool.submit([] { std::raise(SIGKILL); }).get();
      return 3;
    } catch (const tutti::worker_crashed&) {
    }
    return pool.submit(square, x + 1).get() == (x + 1) * (x + 1) ? 0 : 4;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 5;
  }
}
