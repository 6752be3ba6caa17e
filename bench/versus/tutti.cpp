// tutti: every benchmark of this folder, on its public surface.
#include <tutti/core/scheduler.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/tutti.hpp>

#include <array>
#include <numeric>
#include <optional>
#include <vector>

#include "report.hpp"

namespace {

using namespace std::chrono_literals;
using bench::must;

long sum = 0;

// Fork-join with coroutines: exceptions, cancellation, a result each.
tutti::task<long> fib_task(int n) {
  if (n < 2) co_return n;
  auto [a, b] = co_await tutti::gather(fib_task(n - 1), fib_task(n - 2));
  co_return a + b;
}

tutti::task<long> skynet_task(long base, long leaves) {
  if (leaves == 1) co_return base;
  std::vector<tutti::task<long>> children;
  children.reserve(10);
  for (long i = 0; i < 10; ++i)
    children.push_back(skynet_task(base + i * leaves / 10, leaves / 10));
  const std::vector<long> sums = co_await tutti::gather(std::move(children));
  co_return std::accumulate(sums.begin(), sums.end(), 0L);
}

// The same with plain callables, as in the other libraries.
long fib(tutti::thread_pool& pool, int n) {
  if (n < 2) return n;
  auto [a, b] = tutti::parallel_invoke(
      pool, [&] { return fib(pool, n - 1); }, [&] { return fib(pool, n - 2); });
  return a + b;
}

long skynet(tutti::thread_pool& pool, long base, long leaves) {
  if (leaves == 1) return base;
  std::array<long, 10> sums{};
  tutti::parallel_for(
      pool, 0, 10,
      [&](int i) {
        sums[static_cast<std::size_t>(i)] = skynet(pool, base + i * leaves / 10, leaves / 10);
      },
      1);
  return std::accumulate(sums.begin(), sums.end(), 0L);
}

using board = std::array<signed char, 16>;

// The placements that may follow, as boards.
std::vector<board> next_boards(const board& columns, int row) {
  std::vector<board> out;
  out.reserve(bench::queens_n);
  for (int c = 0; c < bench::queens_n; ++c) {
    if (!bench::queen_fits(columns.data(), row, c)) continue;
    out.push_back(columns);
    out.back()[static_cast<std::size_t>(row)] = static_cast<signed char>(c);
  }
  return out;
}

tutti::task<int> queens_task(board columns, int row) {
  if (row == bench::queens_n) co_return 1;
  std::vector<tutti::task<int>> children;
  for (const board& b : next_boards(columns, row)) children.push_back(queens_task(b, row + 1));
  const std::vector<int> found = co_await tutti::gather(std::move(children));
  co_return std::accumulate(found.begin(), found.end(), 0);
}

int queens(tutti::thread_pool& pool, const board& columns, int row) {
  if (row == bench::queens_n) return 1;
  std::array<int, bench::queens_n> fitting{};
  int n = 0;
  for (int c = 0; c < bench::queens_n; ++c)
    if (bench::queen_fits(columns.data(), row, c)) fitting[static_cast<std::size_t>(n++)] = c;
  std::array<int, bench::queens_n> found{};
  tutti::parallel_for(
      pool, 0, n,
      [&](int i) {
        board next = columns;
        next[static_cast<std::size_t>(row)] =
            static_cast<signed char>(fitting[static_cast<std::size_t>(i)]);
        found[static_cast<std::size_t>(i)] = queens(pool, next, row + 1);
      },
      1);
  return std::accumulate(found.begin(), found.end(), 0);
}

template <class Work>
void fork_join(const char* name, double operations, Work work) {
  tutti::thread_pool pool{{.threads = 2}};
  pool.submit([] {}).get();  // the workers start
  const double start = bench::now();
  work(pool);
  bench::say_ns(name, "tutti", bench::now() - start, operations);
}

tutti::task<long> one() { co_return 1; }

tutti::task<> await_many() {
  const double start = bench::now();
  for (long i = 0; i < bench::await_n; ++i) sum += co_await one();
  must(sum == bench::await_n, "await");
  bench::say_ns("await", "tutti", bench::now() - start, bench::await_n);
}

tutti::task<> spawn_many() {
  const double start = bench::now();
  for (long i = 0; i < bench::spawn_n; ++i) {
    auto f = tutti::spawn(one());
    sum += co_await std::move(f);
  }
  must(sum == bench::spawn_n, "spawn");
  bench::say_ns("spawn_await", "tutti", bench::now() - start, bench::spawn_n);
}

tutti::task<> yield_many() {
  const double start = bench::now();
  for (long i = 0; i < bench::yield_n; ++i) co_await tutti::yield();
  bench::say_ns("yield", "tutti", bench::now() - start, bench::yield_n);
}

// Timers as callbacks, like those of Asio, libuv and asyncio: the nodes that every sleep and
// time-out is made of.
struct counting_timer : tutti::detail::timer {
  counting_timer() noexcept : timer([](tutti::detail::timer&) noexcept { ++sum; }) {}
};

tutti::task<> timer_cancel() {
  tutti::detail::scheduler& loop = *tutti::detail::running_scheduler();
  std::vector<counting_timer> timers(bench::timer_n);
  const double start = bench::now();
  const auto due = tutti::clock::now() + 60s;
  for (std::size_t i = 0; i < timers.size(); ++i) {
    timers[i].when = due + std::chrono::microseconds(i);
    loop.arm(timers[i]);
  }
  for (counting_timer& t : timers) must(loop.disarm(t), "timer_cancel");
  bench::say_ns("timer_cancel", "tutti", bench::now() - start, bench::timer_n);
  co_return;
}

tutti::task<> timer_fire() {
  tutti::detail::scheduler& loop = *tutti::detail::running_scheduler();
  std::vector<counting_timer> timers(bench::timer_n);
  const double start = bench::now();
  const auto due = tutti::clock::now();
  for (std::size_t i = 0; i < timers.size(); ++i) {
    timers[i].when = due + std::chrono::nanoseconds(i * 10);
    loop.arm(timers[i]);
  }
  while (sum < bench::timer_n) co_await tutti::yield();
  bench::say_ns("timer_fire", "tutti", bench::now() - start, bench::timer_n);
}

tutti::task<> sleep_long(long i) { co_await tutti::sleep(60s + std::chrono::microseconds(i)); }

tutti::task<> sleep_until(tutti::time_point due) {
  co_await tutti::sleep_until(due);
  ++sum;
}

tutti::task<> sleep_tasks() {
  const double start = bench::now();
  const auto due = tutti::clock::now();
  std::vector<tutti::task<>> sleepers;
  sleepers.reserve(bench::timer_n);
  for (long i = 0; i < bench::timer_n; ++i)
    sleepers.push_back(sleep_until(due + std::chrono::nanoseconds(i * 10)));
  co_await tutti::gather(std::move(sleepers));
  must(sum == bench::timer_n, "sleep_task");
  bench::say_ns("sleep_task", "tutti", bench::now() - start, bench::timer_n);
}

void post_many() {
  tutti::event_loop loop{{.name = "bench"}};
  loop.submit(one()).get();
  const double start = bench::now();
  for (long i = 0; i < bench::post_n; ++i) (void)loop.submit([] { ++sum; });
  loop.shutdown({});
  must(sum == bench::post_n, "post");
  bench::say_ns("post", "tutti", bench::now() - start, bench::post_n);
}

tutti::task<> sleeping() {
  const double before = bench::resident_bytes();
  for (long i = 0; i < bench::sleeping_n; ++i) (void)tutti::spawn(sleep_long(i));
  co_await tutti::sleep(1ms);
  bench::say_bytes("sleeping_bytes", "tutti", bench::resident_bytes() - before, bench::sleeping_n);
  std::fflush(nullptr);
  std::_Exit(0);
}

void queue(const char* name, int sides) {
  tutti::queue<long> q{bench::queue_capacity};
  const auto produce = [&q, sides] {
    for (long i = 0; i < bench::queue_n / sides; ++i) q.put(i);
  };
  const auto consume = [&q, sides] {
    for (long i = 0; i < bench::queue_n / sides; ++i) (void)q.get();
  };
  const double start = bench::now();
  {
    std::vector<tutti::thread> others;
    for (int i = 0; i < sides; ++i) others.emplace_back(produce);
    for (int i = 1; i < sides; ++i) others.emplace_back(consume);
    consume();
  }
  must(q.empty(), "queue");
  bench::say_ns(name, "tutti", bench::now() - start, bench::queue_n);
}

void pool_submit() {
  tutti::thread_pool pool{{.threads = 2}};
  std::vector<tutti::future<long>> answers;
  answers.reserve(bench::submit_n);
  const double start = bench::now();
  for (long i = 0; i < bench::submit_n; ++i) answers.push_back(pool.submit([i] { return i; }));
  long sum = 0;
  for (auto& a : answers) sum += a.get();
  must(sum == bench::submit_n * (bench::submit_n - 1) / 2, "submit");
  bench::say_ns("pool_submit", "tutti", bench::now() - start, bench::submit_n);
}

void pool_round_trip() {
  tutti::thread_pool pool{{.threads = 2}};
  const double start = bench::now();
  for (long i = 0; i < bench::trips_n; ++i) {
    must(pool.submit([i] { return i; }).get() == i, "round trip");
  }
  bench::say_ns("pool_round_trip", "tutti", bench::now() - start, bench::trips_n);
}

tutti::task<> echo(tutti::net::tcp_stream stream) {
  std::array<std::byte, 4096> data;
  try {
    for (;;) {
      const std::size_t n = co_await stream.read_some(data);
      if (n == 0) break;
      const std::span<const std::byte> got{data.data(), n};
      co_await stream.write(got);
    }
  } catch (const std::exception&) {  // the client left
  }
}

tutti::task<> echo_server() {
  auto listener = tutti::net::listen({"127.0.0.1", 0}, {.backlog = 1024});
  std::printf("%u\n", static_cast<unsigned>(listener.local_endpoint().port()));
  std::fflush(stdout);
  co_await tutti::net::serve(std::move(listener), echo, {.max_connections = 4096});
}

bool run_fork_join(const std::string& what) {
  if (what == "fib") {
    fork_join("fib", bench::fib_calls, [](auto& pool) {
      must(pool.submit([&] { return fib(pool, bench::fib_n); }).get() == bench::fib_answer, "fib");
    });
  } else if (what == "skynet") {
    fork_join("skynet", bench::skynet_leaves, [](auto& pool) {
      must(pool.submit([&] { return skynet(pool, 0, bench::skynet_leaves); }).get() ==
               bench::skynet_answer,
           "skynet");
    });
  } else if (what == "nqueens") {
    fork_join("nqueens", 1, [](auto& pool) {
      must(pool.submit([&] { return queens(pool, {}, 0); }).get() == bench::queens_answer,
           "nqueens");
    });
  } else if (what == "fib_task") {
    fork_join("fib", bench::fib_calls, [](auto& pool) {
      must(pool.submit(fib_task(bench::fib_n)).get() == bench::fib_answer, "fib");
    });
  } else if (what == "skynet_task") {
    fork_join("skynet", bench::skynet_leaves, [](auto& pool) {
      must(pool.submit(skynet_task(0, bench::skynet_leaves)).get() == bench::skynet_answer,
           "skynet");
    });
  } else if (what == "nqueens_task") {
    fork_join("nqueens", 1, [](auto& pool) {
      must(pool.submit(queens_task({}, 0)).get() == bench::queens_answer, "nqueens");
    });
  } else {
    return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (run_fork_join(what)) return 0;
  if (what == "await")
    tutti::run(await_many());
  else if (what == "spawn_await")
    tutti::run(spawn_many());
  else if (what == "yield")
    tutti::run(yield_many());
  else if (what == "timer_cancel")
    tutti::run(timer_cancel());
  else if (what == "timer_fire")
    tutti::run(timer_fire());
  else if (what == "sleep_task")
    tutti::run(sleep_tasks());
  else if (what == "post")
    post_many();
  else if (what == "sleeping_bytes")
    tutti::run(sleeping());
  else if (what == "queue_1p1c")
    queue("queue_1p1c", 1);
  else if (what == "queue_2p2c")
    queue("queue_2p2c", 2);
  else if (what == "pool_submit")
    pool_submit();
  else if (what == "pool_round_trip")
    pool_round_trip();
  else if (what == "echo-server")
    tutti::run(echo_server());
  else
    return 2;
}
