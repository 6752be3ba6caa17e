// A pool is kept and used again: what costs is making processes, not giving them work. The way
// workers are made is printed.
// rows: 002-13 004-28
// timed: bounds a duration or a ratio of durations
#include <tutti/tutti.hpp>

#include <algorithm>
#include <vector>

#include "acceptance.hpp"

int square(int x) { return x * x; }

int main() {
  std::printf("workers are forked from a zygote: a copy of the program made before main\n");
  std::vector<double> fresh;
  std::vector<double> warm;
  for (int round = 0; round < 21; ++round) {
    const stopwatch first;
    tutti::process_pool pool{{.workers = 2}};
    std::vector<tutti::future<int>> all;
    for (int i = 0; i < 2; ++i) all.push_back(pool.submit(square, i));
    for (auto& f : all) f.get();
    fresh.push_back(first.ms());
    const stopwatch second;
    all.clear();
    for (int i = 0; i < 2; ++i) all.push_back(pool.submit(square, i));
    for (auto& f : all) f.get();
    warm.push_back(second.ms());
  }
  std::ranges::sort(fresh);
  std::ranges::sort(warm);
  std::printf("two results: %.3f ms from a new pool, %.3f ms from the same pool again\n", fresh[10],
              warm[10]);
  require(fresh[10] >= 5 * warm[10], "the second use is at least five times as fast");
}
