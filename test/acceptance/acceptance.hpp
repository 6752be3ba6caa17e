// What every acceptance program needs: a check that says what did not hold, and a stopwatch for the
// rows that speak of durations.
#pragma once

#include <chrono>
#include <cstdio>
#include <cstdlib>

/// Ends the program with one line on stderr unless `holds`.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "did not hold: %s\n", what);
  std::exit(1);
}

class stopwatch {
 public:
  double ms() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_)
        .count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};
