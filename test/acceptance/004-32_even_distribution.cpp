// A triangular workload, where the last pieces cost most: stealing spreads it, the busiest thread
// has at most 1.15 times the mean.
// rows: 004-32
// timed: threads that get no processor do no work
#include <tutti/tutti.hpp>

#include <algorithm>
#include <vector>

#include "acceptance.hpp"

constexpr int pieces = 2000;

/// Work in proportion to `units`.
long spin(long units) {
  volatile long x = 0;
  for (long i = 0; i < units * 200; ++i) x = x + i;
  return units;
}

int main() {
  double best = 100;
  for (int attempt = 0; attempt < 5 && best > 1.15; ++attempt) {
    tutti::thread_pool pool;
    tutti::combinable<long> done;
    pool.submit(
            [&] { tutti::parallel_for(pool, 0, pieces, [&](int i) { done.local() += spin(i); }); })
        .get();
    long all = 0;
    long busiest = 0;
    done.for_each([&](long& units) {
      all += units;
      busiest = std::max(busiest, units);
    });
    require(all == static_cast<long>(pieces) * (pieces - 1) / 2, "every piece was done once");
    const double mean = static_cast<double>(all) / pool.size();
    best = std::min(best, static_cast<double>(busiest) / mean);
    std::printf("busiest / mean = %.3f on %u threads\n", static_cast<double>(busiest) / mean,
                pool.size());
  }
  require(best <= 1.15, "the busiest thread has at most 1.15 times the mean");
}
