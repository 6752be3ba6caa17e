// oneTBB: fork-join, skynet, n-queens, a bounded queue, calls handed to its threads.
#include <tbb/concurrent_queue.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_invoke.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <array>
#include <future>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

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

void queue(const char* name, int sides) {
  tbb::concurrent_bounded_queue<long> q;
  q.set_capacity(bench::queue_capacity);
  const auto produce = [&q, sides] {
    for (long i = 0; i < bench::queue_n / sides; ++i) q.push(i);
  };
  const auto consume = [&q, sides] {
    long v = 0;
    for (long i = 0; i < bench::queue_n / sides; ++i) q.pop(v);
  };
  const double start = bench::now();
  std::vector<std::thread> others;
  for (int i = 0; i < sides; ++i) others.emplace_back(produce);
  for (int i = 1; i < sides; ++i) others.emplace_back(consume);
  consume();
  for (std::thread& t : others) t.join();
  bench::must(q.empty(), "queue");
  bench::say_ns(name, "oneTBB", bench::now() - start, bench::queue_n);
}

// oneTBB has no futures: the arena's queue of calls and a promise for each.
void submit() {
  tbb::task_arena arena(3, 1);
  arena.initialize();
  std::vector<std::future<long>> answers;
  answers.reserve(bench::submit_n);
  const double start = bench::now();
  for (long i = 0; i < bench::submit_n; ++i) {
    auto call = std::make_shared<std::packaged_task<long()>>([i] { return i; });
    answers.push_back(call->get_future());
    arena.enqueue([call] { (*call)(); });
  }
  long sum = 0;
  for (auto& a : answers) sum += a.get();
  bench::must(sum == bench::submit_n * (bench::submit_n - 1) / 2, "submit");
  bench::say_ns("pool_submit", "oneTBB", bench::now() - start, bench::submit_n);
}

void round_trip() {
  tbb::task_arena arena(3, 1);
  arena.initialize();
  const double start = bench::now();
  for (long i = 0; i < bench::trips_n; ++i) {
    auto call = std::make_shared<std::packaged_task<long()>>([i] { return i; });
    auto answer = call->get_future();
    arena.enqueue([call] { (*call)(); });
    bench::must(answer.get() == i, "round trip");
  }
  bench::say_ns("pool_round_trip", "oneTBB", bench::now() - start, bench::trips_n);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  // Two workers; where the caller only hands over, they are two besides it, as in the other pools.
  const bool hands_over = what.rfind("pool_", 0) == 0;
  const tbb::global_control two(tbb::global_control::max_allowed_parallelism, hands_over ? 3 : 2);
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
    queue("queue_1p1c", 1);
  } else if (what == "queue_2p2c") {
    queue("queue_2p2c", 2);
  } else if (what == "pool_submit") {
    submit();
  } else if (what == "pool_round_trip") {
    round_trip();
  } else {
    return 2;
  }
}
