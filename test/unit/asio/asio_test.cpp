#if __has_include(<asio.hpp>)
#include <tutti/asio.hpp>

#include <gtest/gtest.h>

#include <asio.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <tutti/tutti.hpp>

namespace tutti {
namespace {
using namespace std::chrono_literals;
using asio::ip::tcp;

/// An io_context with a thread of its own.
class asio_thread {
 public:
  asio_thread() : stays_(io.get_executor()), runs_("asio", [this] { io.run(); }) {}
  ~asio_thread() {
    stays_.reset();
    io.stop();
    runs_.join();
  }
  asio_thread(const asio_thread&) = delete;
  asio_thread& operator=(const asio_thread&) = delete;
  asio::io_context io;

 private:
  asio::executor_work_guard<asio::io_context::executor_type> stays_;
  thread runs_;
};

std::uint64_t thread_here() { return sys::this_thread_number(); }

task<> waits(asio::io_context& io) {
  const auto before = thread_here();
  asio::steady_timer timer(io, 1ms);
  co_await timer.async_wait(use_task);
  EXPECT_EQ(thread_here(), before) << "a task stays on its loop";
}
TEST(Asio, AnOperationIsATask) {
  asio_thread asio_side;
  run(waits(asio_side.io));
}

task<std::string> echoes(asio::io_context& io) {
  tcp::acceptor door(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  tcp::socket caller(io);
  auto connecting = spawn(caller.async_connect(door.local_endpoint(), use_task));
  tcp::socket server = co_await door.async_accept(use_task);
  co_await std::move(connecting);
  const std::string text = "over asio";
  std::string got(text.size(), '\0');
  const auto [written, read] =
      co_await gather(asio::async_write(caller, asio::buffer(text), use_task),
                      asio::async_read(server, asio::buffer(got), use_task));
  EXPECT_EQ(written, read);
  co_return got;
}
TEST(Asio, ComposedOperationsInAGather) {
  asio_thread asio_side;
  EXPECT_EQ(run(echoes(asio_side.io)), "over asio");
}

task<> is_cut(asio::io_context& io) {
  asio::steady_timer never(io, 24h);
  const bool ended = co_await move_on_after(1ms, never.async_wait(use_task));
  EXPECT_FALSE(ended);
  // The scope was left, so the operation has ended: the timer can be used again.
  never.expires_after(0ms);
  co_await never.async_wait(use_task);

  asio::steady_timer other(io, 24h);
  asio::steady_timer soon(io, 0ms);
  const auto won = co_await race(other.async_wait(use_task), soon.async_wait(use_task));
  EXPECT_EQ(won.index(), 1U);
}
TEST(Asio, CancellationEndsTheOperationAndLeavesTheObject) {
  asio_thread asio_side;
  run(is_cut(asio_side.io));
}

task<> fails(asio::io_context& io) {
  tcp::acceptor door(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const auto nobody = door.local_endpoint();
  door.close();
  tcp::socket caller(io);
  std::error_code why;
  try {
    co_await caller.async_connect(nobody, use_task);
  } catch (const std::system_error& e) {
    why = e.code();
  }
  EXPECT_EQ(why, asio::error::connection_refused);

  asio::steady_timer cut(io, 24h);
  auto waiting = spawn(cut.async_wait(use_task));
  co_await yield();
  co_await to_thread([&cut] { asio::post(cut.get_executor(), [&cut] { cut.cancel(); }); });
  std::error_code aborted;
  try {
    co_await std::move(waiting);
  } catch (const std::system_error& e) {
    aborted = e.code();
  }
  EXPECT_EQ(aborted, asio::error::operation_aborted) << "nobody asked tutti to cancel: an error";
}
TEST(Asio, AnErrorIsASystemError) {
  asio_thread asio_side;
  run(fails(asio_side.io));
}

task<> left_alone(std::optional<asio::io_context>& io) {
  asio::steady_timer never(*io, 24h);
  auto waiting = spawn(never.async_wait(use_task));
  co_await yield();
  io->restart();
  io->poll();  // begins the wait
  asio::post(*io, [] {});
  bool broken = false;
  {
    asio::steady_timer gone(std::move(never));  // destroyed before its context
    gone.cancel();
  }
  io->restart();
  io->poll();
  try {
    co_await std::move(waiting);
  } catch (const std::system_error& e) {
    broken = e.code() == asio::error::operation_aborted;
  }
  EXPECT_TRUE(broken);
}
TEST(Asio, RunsWithAContextPolledOnTheSameThread) {
  std::optional<asio::io_context> io(std::in_place);
  run(left_alone(io));
}

}  // namespace
}  // namespace tutti
#else
#include <gtest/gtest.h>
TEST(Asio, IsNotInstalled) { GTEST_SKIP() << "the component tutti::asio needs libasio-dev"; }
#endif
