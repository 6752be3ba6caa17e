// 20 blocking waits of 100 ms on 20 threads finish in under 300 ms; one after the other they need 2
// s.
// rows: 000-02 001-01
// timed: bounds a duration or a ratio of durations
#include <tutti/tutti.hpp>

#include <time.h>

#include <vector>

#include "acceptance.hpp"

void wait_100_ms() {
  const timespec t{0, 100'000'000};
  nanosleep(&t, nullptr);
}

int main() {
  tutti::thread_pool pool{{.threads = 20, .name = "waits"}};
  const stopwatch overlapped;
  std::vector<tutti::future<void>> all;
  for (int i = 0; i < 20; ++i) all.push_back(pool.submit(wait_100_ms));
  for (auto& f : all) f.get();
  const double together = overlapped.ms();
  const stopwatch one_by_one;
  for (int i = 0; i < 20; ++i) wait_100_ms();
  const double sequential = one_by_one.ms();
  std::printf("together %.0f ms, one by one %.0f ms\n", together, sequential);
  require(together < 300, "20 waits of 100 ms on 20 threads in under 300 ms");
  require(sequential >= 2000, "the same one by one needs 2 s");
}
