// No interpreter lock: CPU work on threads runs in parallel, and four threads on four cores are at
// least three times as fast as one. Fewer cores: the same work, checked for results and for
// parallelism.
// rows: 000-10 000-22 001-14 002-04 003-07
// timed: bounds a duration or a ratio of durations
#include <tutti/tutti.hpp>

#include <atomic>
#include <vector>

#include "acceptance.hpp"

#include <tutti/sys/topology.hpp>

long long burn(int seed) {
  long long x = seed;
  for (int i = 0; i < 60'000'000; ++i) x = x * 6364136223846793005LL + 1442695040888963407LL;
  return x;
}

int main() {
  const stopwatch alone;
  std::vector<long long> wanted;
  for (int i = 0; i < 4; ++i) wanted.push_back(burn(i));
  const double one = alone.ms();

  tutti::thread_pool pool{{.threads = 4}};
  const stopwatch together;
  const std::vector<long long> got =
      pool.map(burn, std::vector<int>{0, 1, 2, 3}, {.chunk = 1}).get();
  const double four = together.ms();
  require(got == wanted, "the results are those of one thread");

  // Two jobs that can only end if both are under way at the same time.
  std::atomic<int> here{0};
  auto meet = [&here] {
    here.fetch_add(1);
    while (here.load() < 2) {
    }
  };
  auto a = pool.submit(meet);
  auto b = pool.submit(meet);
  a.get();
  b.get();

  const unsigned cores = tutti::sys::effective_cores();
  std::printf("%u cores: one thread %.0f ms, four threads %.0f ms, %.2f times\n", cores, one, four,
              one / four);
  if (cores >= 4) require(one / four >= 3, "four threads are at least three times as fast as one");
}
