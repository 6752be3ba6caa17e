// What every benchmark program here has in common: a clock, and one line of JSON per result.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace bench {

inline double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

inline void say_ns(const char* bench, const char* peer, double seconds, double operations) {
  std::printf("{\"bench\":\"%s\",\"peer\":\"%s\",\"ns_per_op\":%.3f}\n", bench, peer,
              seconds * 1e9 / operations);
  std::fflush(stdout);
}

inline void say_bytes(const char* bench, const char* peer, double bytes, double operations) {
  std::printf("{\"bench\":\"%s\",\"peer\":\"%s\",\"bytes_per_op\":%.1f}\n", bench, peer,
              bytes / operations);
  std::fflush(stdout);
}

inline double resident_bytes() {
  long pages = 0;
  long resident = 0;
  if (std::FILE* f = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(f, "%ld %ld", &pages, &resident) != 2) resident = 0;
    std::fclose(f);
  }
  return static_cast<double>(resident) * 4096;
}

// The sizes of all programs, in every language the same (see README.md).
inline constexpr int fib_n = 27;
inline constexpr double fib_calls = 635'621;  // 2 * fib(28) - 1
inline constexpr long skynet_leaves = 1'000'000;
inline constexpr int queens_n = 11;
inline constexpr long await_n = 1'000'000;
inline constexpr long spawn_n = 300'000;
inline constexpr long yield_n = 300'000;
inline constexpr long timer_n = 200'000;
inline constexpr long post_n = 300'000;
inline constexpr long sleeping_n = 100'000;
inline constexpr long queue_n = 1'000'000;
inline constexpr std::size_t queue_capacity = 1024;
inline constexpr long submit_n = 300'000;
inline constexpr long trips_n = 30'000;
inline constexpr long lock_n = 2'000'000;
inline constexpr std::size_t echo_bytes = 64;

inline long fib_serial(int n) { return n < 2 ? n : fib_serial(n - 1) + fib_serial(n - 2); }

// The answers, so that a wrong program cannot be a fast one.
inline constexpr long fib_answer = 196'418;
inline constexpr long skynet_answer = skynet_leaves * (skynet_leaves - 1) / 2;
inline constexpr int queens_answer = 2680;

inline void must(bool right, const char* what) {
  if (right) return;
  std::fprintf(stderr, "wrong answer: %s\n", what);
  std::exit(3);
}

// May a queen stand in column `c` of row `row`?
inline bool queen_fits(const signed char* columns, int row, int c) {
  for (int i = 0; i < row; ++i) {
    const int d = columns[i] - c;
    if (d == 0 || d == row - i || d == i - row) return false;
  }
  return true;
}

}  // namespace bench
