// Asio's coroutines on one io_context: awaiting, spawning, yielding, timers, posts, sleeping tasks,
// echo.
#include <asio.hpp>

#include <memory>
#include <thread>
#include <vector>

#include "report.hpp"

namespace {

using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;

long sum = 0;

awaitable<long> one() { co_return 1; }

awaitable<void> add_one() {
  ++sum;
  co_return;
}

awaitable<void> await_many() {
  const double start = bench::now();
  for (long i = 0; i < bench::await_n; ++i) sum += co_await one();
  bench::must(sum == bench::await_n, "await");
  bench::say_ns("await", "Asio", bench::now() - start, bench::await_n);
}

awaitable<void> spawn_many() {
  auto executor = co_await asio::this_coro::executor;
  const double start = bench::now();
  for (long i = 0; i < bench::spawn_n; ++i)
    co_await asio::co_spawn(executor, add_one(), use_awaitable);
  bench::must(sum == bench::spawn_n, "spawn");
  bench::say_ns("spawn_await", "Asio", bench::now() - start, bench::spawn_n);
}

awaitable<void> yield_many() {
  auto executor = co_await asio::this_coro::executor;
  const double start = bench::now();
  for (long i = 0; i < bench::yield_n; ++i) co_await asio::post(executor, use_awaitable);
  bench::say_ns("yield", "Asio", bench::now() - start, bench::yield_n);
}

void timer_cancel(asio::io_context& io) {
  std::vector<std::unique_ptr<asio::steady_timer>> timers;
  timers.reserve(bench::timer_n);
  const double start = bench::now();
  for (long i = 0; i < bench::timer_n; ++i) {
    timers.push_back(std::make_unique<asio::steady_timer>(
        io, std::chrono::seconds(60) + std::chrono::microseconds(i)));
    timers.back()->async_wait([](const asio::error_code& code) { sum += code ? 1 : 0; });
  }
  for (auto& t : timers) t->cancel();
  io.run();
  bench::must(sum == bench::timer_n, "timer_cancel");
  bench::say_ns("timer_cancel", "Asio", bench::now() - start, bench::timer_n);
}

void timer_fire(asio::io_context& io) {
  std::vector<std::unique_ptr<asio::steady_timer>> timers;
  timers.reserve(bench::timer_n);
  const double start = bench::now();
  const auto due = std::chrono::steady_clock::now();
  for (long i = 0; i < bench::timer_n; ++i) {
    timers.push_back(
        std::make_unique<asio::steady_timer>(io, due + std::chrono::nanoseconds(i * 10)));
    timers.back()->async_wait([](const asio::error_code& code) { sum += code ? 0 : 1; });
  }
  io.run();
  bench::must(sum == bench::timer_n, "timer_fire");
  bench::say_ns("timer_fire", "Asio", bench::now() - start, bench::timer_n);
}

awaitable<void> sleep_until(std::chrono::steady_clock::time_point due) {
  asio::steady_timer timer(co_await asio::this_coro::executor, due);
  co_await timer.async_wait(use_awaitable);
  ++sum;
}

void sleep_tasks(asio::io_context& io) {
  const double start = bench::now();
  const auto due = std::chrono::steady_clock::now();
  for (long i = 0; i < bench::timer_n; ++i) {
    asio::co_spawn(io, sleep_until(due + std::chrono::nanoseconds(i * 10)), asio::detached);
  }
  io.run();
  bench::must(sum == bench::timer_n, "sleep_task");
  bench::say_ns("sleep_task", "Asio", bench::now() - start, bench::timer_n);
}

void post_many(asio::io_context& io) {
  auto work = asio::make_work_guard(io);
  std::thread loop([&] { io.run(); });
  const double start = bench::now();
  for (long i = 0; i < bench::post_n; ++i) asio::post(io, [] { ++sum; });
  work.reset();
  loop.join();
  bench::must(sum == bench::post_n, "post");
  bench::say_ns("post", "Asio", bench::now() - start, bench::post_n);
}

awaitable<void> sleeper() {
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::seconds(600));
  asio::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(use_awaitable, ignored));
}

void sleeping(asio::io_context& io) {
  const double before = bench::resident_bytes();
  for (long i = 0; i < bench::sleeping_n; ++i) asio::co_spawn(io, sleeper(), asio::detached);
  io.poll();
  bench::say_bytes("sleeping_bytes", "Asio", bench::resident_bytes() - before, bench::sleeping_n);
  std::fflush(nullptr);
  std::_Exit(0);
}

awaitable<void> echo(tcp::socket socket) {
  try {
    char data[4096];
    for (;;) {
      const std::size_t n = co_await socket.async_read_some(asio::buffer(data), use_awaitable);
      co_await asio::async_write(socket, asio::buffer(data, n), use_awaitable);
    }
  } catch (const std::exception&) {  // the client left
  }
}

awaitable<void> serve(tcp::acceptor acceptor) {
  for (;;) {
    tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
    socket.set_option(tcp::no_delay(true));
    asio::co_spawn(acceptor.get_executor(), echo(std::move(socket)), asio::detached);
  }
}

void echo_server(asio::io_context& io) {
  tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  std::printf("%u\n", static_cast<unsigned>(acceptor.local_endpoint().port()));
  std::fflush(stdout);
  asio::co_spawn(io, serve(std::move(acceptor)), asio::detached);
  io.run();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  asio::io_context io(1);
  const auto run = [&](awaitable<void> work) {
    asio::co_spawn(io, std::move(work), asio::detached);
    io.run();
  };
  if (what == "await")
    run(await_many());
  else if (what == "spawn_await")
    run(spawn_many());
  else if (what == "yield")
    run(yield_many());
  else if (what == "timer_cancel")
    timer_cancel(io);
  else if (what == "timer_fire")
    timer_fire(io);
  else if (what == "sleep_task")
    sleep_tasks(io);
  else if (what == "post") {
    asio::io_context two;  // told of threads, since two use it
    post_many(two);
  } else if (what == "sleeping_bytes")
    sleeping(io);
  else if (what == "echo-server")
    echo_server(io);
  else
    return 2;
}
