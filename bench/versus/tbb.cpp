// oneTBB: fork-join, skynet, n-queens, a bounded queue.
#include <tbb/concurrent_queue.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_invoke.h>
#include <tbb/task_group.h>

#include <array>
#include <numeric>
#include <thread>

#include "report.hpp"

namespace {

long fib(int n) {
  if (n < 2) return n;
  long a = 0;
  long b = 0;
  tbb::parallel_invoke([&] { a = fib(n - 1); }, [&] { b = fib(n - 2); });
  return a + b;
}

long skynet(long base, long leaves) {
  if (leaves == 1) return base;
  std::array<long, 10> sums{};
  tbb::task_group group;
  for (long i = 1; i < 10; ++i)
    group.run([&, i] {
      sums[static_cast<std::size_t>(i)] = skynet(base + i * leaves / 10, leaves / 10);
    });
  sums[0] = skynet(base, leaves / 10);
  group.wait();
  return std::accumulate(sums.begin(), sums.end(), 0L);
}

int queens(std::array<signed char, 16> columns, int row) {
  if (row == bench::queens_n) return 1;
  std::array<int, bench::queens_n> found{};
  tbb::task_group group;
  for (int c = 0; c < bench::queens_n; ++c) {
    if (!bench::queen_fits(columns.data(), row, c)) continue;
    auto next = columns;
    next[static_cast<std::size_t>(row)] = static_cast<signed char>(c);
    group.run(
        [&found, next, row, c] { found[static_cast<std::size_t>(c)] = queens(next, row + 1); });
  }
  group.wait();
  return std::accumulate(found.begin(), found.end(), 0);
}

void queue() {
  tbb::concurrent_bounded_queue<long> q;
  q.set_capacity(bench::queue_capacity);
  const double start = bench::now();
  std::thread producer([&] {
    for (long i = 0; i < bench::queue_n; ++i) q.push(i);
  });
  long sum = 0;
  for (long i = 0; i < bench::queue_n; ++i) {
    long v = 0;
    q.pop(v);
    sum += v;
  }
  producer.join();
  bench::must(sum == bench::queue_n * (bench::queue_n - 1) / 2, "queue");
  bench::say_ns("queue_1p1c", "oneTBB", bench::now() - start, bench::queue_n);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  const tbb::global_control two(tbb::global_control::max_allowed_parallelism, 2);
  fib(15);  // the workers start
  const double start = bench::now();
  if (what == "fib") {
    bench::must(fib(bench::fib_n) == bench::fib_answer, "fib");
    bench::say_ns("fib", "oneTBB", bench::now() - start, bench::fib_calls);
  } else if (what == "skynet") {
    bench::must(skynet(0, bench::skynet_leaves) == bench::skynet_answer, "skynet");
    bench::say_ns("skynet", "oneTBB", bench::now() - start, bench::skynet_leaves);
  } else if (what == "nqueens") {
    bench::must(queens({}, 0) == bench::queens_answer, "nqueens");
    bench::say_ns("nqueens", "oneTBB", bench::now() - start, 1);
  } else if (what == "queue_1p1c") {
    queue();
  } else {
    return 2;
  }
}
