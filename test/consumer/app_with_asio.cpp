// A stranger who uses Asio already: its operations become tasks.
#include <asio.hpp>
#include <chrono>
#include <cstdio>

#include <tutti/asio.hpp>
#include <tutti/tutti.hpp>

tutti::task<int> after(asio::io_context& io, int n) {
  asio::steady_timer timer(io, std::chrono::milliseconds(n));
  co_await timer.async_wait(tutti::use_task);
  co_return n;
}

tutti::task<int> sum(asio::io_context& io) {
  auto [a, b] = co_await tutti::gather(after(io, 1), after(io, 2));
  co_return a + b;
}

int main() {
  asio::io_context io;
  auto stays = asio::make_work_guard(io);
  tutti::thread runs{"asio", [&io] { io.run(); }};
  std::printf("tutti says: %d\n", tutti::run(sum(io)));
  stays.reset();
  return 0;
}
