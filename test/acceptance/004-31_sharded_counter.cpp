// Eight threads count: in a value of their own, combined at the end, at least five times as fast as
// behind one lock.
// rows: 004-31
// timed: it compares durations
#include <tutti/tutti.hpp>

#include <algorithm>
#include <vector>

#include "acceptance.hpp"

constexpr int threads = 8;
constexpr long each = 50'000;

template <class Count>
double ms_to_count(Count count) {
  const stopwatch clock;
  {
    std::vector<tutti::thread> all;
    for (int t = 0; t < threads; ++t) all.emplace_back(count);
  }
  return clock.ms();
}

int main() {
  double best = 0;
  for (int attempt = 0; attempt < 3 && best < 5; ++attempt) {
    tutti::guarded<long> locked{0};
    tutti::combinable<long> sharded;
    const double slow = ms_to_count([&] {
      for (long i = 0; i < each; ++i) locked.with([](long& n) { ++n; });
    });
    const double fast = ms_to_count([&] {
      for (long i = 0; i < each; ++i) ++sharded.local();
    });
    require(locked.with([](long n) { return n; }) == threads * each, "the lock lost nothing");
    require(sharded.combine([](long a, long b) { return a + b; }) == threads * each,
            "the shards lost nothing");
    best = std::max(best, slow / fast);
    std::printf("one lock: %.0f ms, sharded: %.0f ms, %.1f times as fast\n", slow, fast,
                slow / fast);
  }
  require(best >= 5, "a sharded counter is at least five times as fast as a locked one");
}
