// Which threads of a pool have something to do: a load that sits on one of them shows the others
// idle, the same load taken in pieces keeps all of them busy.
// rows: 004-26
// timed: who is asleep for how long
#include <tutti/tutti.hpp>

#include <algorithm>

#include "acceptance.hpp"

constexpr int pieces = 2000;

/// Work in proportion to `units`.
void spin(long units) {
  volatile long x = 0;
  for (long i = 0; i < units * 300; ++i) x = x + i;
}

int main() {
  tutti::thread_pool pool{{.threads = 4}};
  double idle_ones = 0;
  const auto start = pool.stats();
  pool.submit([] {  // all of it on one thread
        for (int i = 0; i < pieces; ++i) spin(i);
      })
      .get();
  const auto skewed = pool.stats();
  std::vector<double> shares;
  for (const auto& w : skewed.since(start).workers) shares.push_back(w.utilisation());
  std::sort(shares.begin(), shares.end());
  for (double s : shares) std::printf("skewed: %.0f %%\n", 100 * s);
  idle_ones = shares[shares.size() - 2];
  require(idle_ones < 0.6, "threads without work are shown to be idle");
  require(shares.back() > 0.9, "the one with the work is shown to be busy");

  pool.submit([&] { tutti::parallel_for(pool, 0, pieces, [](int i) { spin(i); }); }).get();
  const auto stolen = pool.stats().since(skewed);
  for (const auto& w : stolen.workers) {
    std::printf("stolen: %.0f %%, %llu pieces of others\n", 100 * w.utilisation(),
                static_cast<unsigned long long>(w.taken));
    require(w.utilisation() > 0.9, "with stealing every thread is busy");
  }
  require(stolen.utilisation() > 0.9, "so is the pool");
}
