// Four processes burn CPU side by side: as much faster as there are cores, four pids, several
// processors; and they count primes as one process does.
// rows: 000-07 000-21 000-27 003-09
// timed: bounds a duration or a ratio of durations
#include <tutti/tutti.hpp>

#include <algorithm>
#include <bit>
#include <set>
#include <thread>
#include <vector>

#include <sched.h>
#include <unistd.h>

#include "acceptance.hpp"

struct seen {
  int pid;
  unsigned long processors;  // a bit each
  double x;
};
seen burn(int rounds) {
  double x = 1;
  unsigned long processors = 0;
  for (int i = 0; i < rounds; ++i) {
    x = x * 1.0000001 + 1e-9;
    if (i % 1'000'000 == 0) processors |= 1UL << (sched_getcpu() % 64);
  }
  return {getpid(), processors, x};
}
long count_primes(int first, int last) {
  long found = 0;
  for (int n = std::max(first, 2); n < last; ++n) {
    bool prime = true;
    for (int d = 2; prime && d * d <= n; ++d) prime = n % d != 0;
    found += prime ? 1 : 0;
  }
  return found;
}

int main() {
  const int rounds = 150'000'000;
  tutti::process_pool one{{.workers = 1}};
  tutti::process_pool four{{.workers = 4}};
  const auto run = [rounds](tutti::process_pool& pool, std::vector<seen>& results) {
    const stopwatch watch;
    std::vector<tutti::future<seen>> all;
    for (int i = 0; i < 4; ++i) all.push_back(pool.submit(burn, rounds));
    for (auto& f : all) results.push_back(f.get());
    return watch.ms();
  };
  std::vector<seen> by_one;
  std::vector<seen> by_four;
  const double alone = run(one, by_one);
  const double together = run(four, by_four);
  std::set<int> pids;
  unsigned long processors = 0;
  for (const seen& s : by_four) {
    pids.insert(s.pid);
    processors |= s.processors;
  }
  const double wanted = std::thread::hardware_concurrency() >= 4 ? 3.0 : 1.5;
  std::printf("one worker %.0f ms, four %.0f ms: %.2f times; %zu pids on %d processors\n", alone,
              together, alone / together, pids.size(), std::popcount(processors));
  require(pids.size() == 4, "four processes took part");
  require(std::popcount(processors) >= 2 || std::thread::hardware_concurrency() == 1,
          "they ran on several processors");
  require(alone / together >= wanted || std::thread::hardware_concurrency() == 1,
          "they are faster together");

  constexpr int range = 20'000;
  std::vector<tutti::future<long>> counts;
  for (int i = 0; i < 8; ++i)
    counts.push_back(four.submit(count_primes, i * range, (i + 1) * range));
  long total = 0;
  for (auto& f : counts) total += f.get();
  require(total == count_primes(0, 8 * range), "eight ranges hold as many primes as the whole");
}
