// 100 000 sleeps of 1 s at once end within 3 s in one thread, at less than 1 KiB a task; making and
// awaiting 100 000 tasks is faster than 1000 threads.
// rows: 000-17 000-18
// timed: bounds a duration or a ratio of durations
#include <tutti/tutti.hpp>

#include <cstdio>
#include <vector>

#include "acceptance.hpp"

using namespace std::chrono_literals;

long resident_kib() {
  long pages = 0;
  long total = 0;
  std::FILE* f = std::fopen("/proc/self/statm", "r");
  if (f == nullptr || std::fscanf(f, "%ld %ld", &total, &pages) != 2) return 0;
  std::fclose(f);
  return pages * 4;
}

tutti::task<> sleeper() { co_await tutti::sleep(1s); }
tutti::task<> nothing() { co_return; }

tutti::task<> amain() {
  constexpr int n = 100'000;
  const long before = resident_kib();
  const stopwatch all;
  std::vector<tutti::future<void>> sleeping;
  sleeping.reserve(n);
  for (int i = 0; i < n; ++i) sleeping.push_back(tutti::spawn(sleeper()));
  co_await tutti::yield();
  const double bytes = static_cast<double>(resident_kib() - before) * 1024 / n;
  for (auto& f : sleeping) co_await std::move(f);
  const double took = all.ms();
  std::printf("%d sleeps of 1 s in %.0f ms, %.0f bytes each\n", n, took, bytes);
  require(took < 3000, "100 000 sleeps of 1 s in under 3 s");
#ifdef NDEBUG
  require(bytes < 1024, "less than 1 KiB a task");
#endif
}

tutti::task<> many_tasks() {
  for (int i = 0; i < 100'000; ++i) co_await tutti::spawn(nothing());
}

int main() {
  tutti::run(amain());
  const stopwatch tasks;
  tutti::run(many_tasks());
  const double for_tasks = tasks.ms();
  const stopwatch threads;
  for (int i = 0; i < 1000; ++i) tutti::thread{"t", [] {}}.join();
  const double for_threads = threads.ms();
  std::printf("100 000 tasks %.1f ms, 1000 threads %.1f ms\n", for_tasks, for_threads);
#ifdef NDEBUG
  require(for_tasks < for_threads, "100 000 tasks are faster than 1000 threads");
#endif
}
