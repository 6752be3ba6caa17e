#include <tutti/sync/latch.hpp>

#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

#include <tutti/tutti.hpp>

using namespace std::chrono_literals;
using tutti::task;

namespace {

TEST(Latch, OpensAtZeroForEver) {
  tutti::latch gate{3};
  gate.count_down();
  EXPECT_FALSE(gate.try_wait());
  EXPECT_FALSE(gate.try_wait_for(1us));
  EXPECT_THROW(gate.count_down(3), std::logic_error);
  EXPECT_EQ(gate.statistics().count, 2U);
  gate.count_down(2);
  EXPECT_TRUE(gate.try_wait());
  gate.wait();
  gate.arrive_and_wait(0);
  EXPECT_THROW(tutti::latch{-1}, std::invalid_argument);
}

TEST(Latch, ThreadsAndTasksWaitTogether) {
  tutti::latch gate{2};
  std::thread t([&] { gate.arrive_and_wait(); });
  tutti::run([](tutti::latch& g) -> task<> {
    auto f = tutti::spawn(g.async_wait());
    co_await tutti::yield();
    g.count_down();
    co_await std::move(f);
    co_await g.async_wait();
  }(gate));
  t.join();
}

TEST(Latch, CancelledBeforeAndAfterTheEnd) {
  tutti::latch gate{1};
  tutti::run([](tutti::latch& g) -> task<> {
    auto f = tutti::spawn(g.async_wait());
    auto h = tutti::spawn(g.async_wait());
    co_await tutti::yield();
    f.cancel();
    EXPECT_EQ(g.statistics().waiting, 1U);
    g.count_down();
    h.cancel();  // too late
    co_await std::move(h);
    bool gone = false;
    try {
      co_await std::move(f);
    } catch (const tutti::future_cancelled&) {
      gone = true;
    }
    EXPECT_TRUE(gone);
  }(gate));
}

}  // namespace
