// Asio's operations as tasks: they go into `timeout`, `gather`, `race` and groups as any other,
// and cancelling them waits for their end. For programs that use Asio anyway.
// links: tutti::asio
#include <asio.hpp>
#include <chrono>
#include <cstdio>
#include <utility>

#include <tutti/asio.hpp>
#include <tutti/tutti.hpp>

using namespace std::chrono_literals;
using asio::ip::tcp;

// The io_context has threads of its own; the tasks stay on their loop.
tutti::task<> amain(asio::io_context& io) {
  asio::steady_timer never(io, 24h);
  const bool fired = co_await tutti::move_on_after(1ms, never.async_wait(tutti::use_task));
  std::printf("the timer has fired: %s\n", fired ? "yes" : "no");

  tcp::acceptor door(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  tcp::socket caller(io);
  auto connecting = tutti::spawn(caller.async_connect(door.local_endpoint(), tutti::use_task));
  tcp::socket server = co_await door.async_accept(tutti::use_task);
  co_await std::move(connecting);

  char got[5] = {};
  const auto [written, read] = co_await tutti::gather(
      asio::async_write(caller, asio::buffer("hello", 5), tutti::use_task),
      asio::async_read(server, asio::buffer(got), tutti::use_task));
  std::printf("%zu bytes written, %zu read: %.5s\n", written, read, got);
}

int main() {
  asio::io_context io;
  auto stays = asio::make_work_guard(io);
  tutti::thread runs{"asio", [&io] { io.run(); }};
  tutti::run(amain(io));
  stays.reset();
}

// Output:
// the timer has fired: no
// 5 bytes written, 5 read: hello
