#include <tutti/sync/barrier.hpp>

#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <tutti/tutti.hpp>

using namespace std::chrono_literals;
using tutti::task;

namespace {

TEST(Barrier, NeedsAParty) {
  EXPECT_THROW(tutti::barrier{0}, std::invalid_argument);
  EXPECT_THROW(tutti::barrier{-1}, std::invalid_argument);
  tutti::barrier one{1};
  EXPECT_EQ(one.arrive_and_wait(), 0U);
  EXPECT_EQ(one.arrive_and_wait(), 0U);
  EXPECT_EQ(one.parties(), 1U);
}

task<std::size_t> meet(tutti::barrier& b) { co_return co_await b.async_arrive_and_wait(); }

TEST(Barrier, ThreadsAndTasksMeetRoundAfterRound) {
  tutti::barrier b{3};
  std::thread t([&] {
    for (int i = 0; i < 50; ++i) b.arrive_and_wait();
  });
  tutti::run([](tutti::barrier& ba) -> task<> {
    for (int i = 0; i < 50; ++i) {
      auto [x, y] = co_await tutti::gather(meet(ba), meet(ba));
      EXPECT_NE(x, y);
      EXPECT_LT(x, 3U);
      EXPECT_LT(y, 3U);
    }
  }(b));
  t.join();
}

TEST(Barrier, WhoGivesUpIsNotCounted) {
  tutti::barrier b{2};
  EXPECT_FALSE(b.try_arrive_and_wait_for(1us));
  EXPECT_FALSE(b.try_arrive_and_wait_for(0s));
  tutti::run([](tutti::barrier& ba) -> task<> {
    auto gone = tutti::spawn(meet(ba));
    co_await tutti::yield();
    gone.cancel();
    EXPECT_EQ(ba.statistics().waiting, 0U);
    EXPECT_THROW(ba.arrive_and_wait(), tutti::blocking_call);
    EXPECT_EQ(ba.statistics().waiting, 0U);
    auto [x, y] = co_await tutti::gather(meet(ba), meet(ba));
    EXPECT_EQ(x, 0U);
    EXPECT_EQ(y, 1U);
    auto last = tutti::spawn(meet(ba));
    co_await tutti::yield();
    EXPECT_EQ(ba.arrive_and_wait(), 1U);  // need not wait
    last.cancel();                        // too late: it has met
    const std::size_t index = co_await std::move(last);
    EXPECT_EQ(index, 0U);
  }(b));
}

TEST(Barrier, AbortBreaksItUntilReset) {
  tutti::barrier b{2};
  tutti::run([](tutti::barrier& ba) -> task<> {
    for (const bool abort : {true, false}) {
      auto f = tutti::spawn(meet(ba));
      co_await tutti::yield();
      if (abort) {
        ba.abort();
      } else {
        ba.reset();
      }
      bool broken = false;
      try {
        co_await std::move(f);
      } catch (const tutti::broken_barrier&) {
        broken = true;
      }
      EXPECT_TRUE(broken);
      EXPECT_EQ(ba.statistics().broken, abort);
      if (abort) {
        EXPECT_THROW(ba.arrive_and_wait(), tutti::broken_barrier);
      }
      ba.reset();
    }
    co_await tutti::gather(meet(ba), meet(ba));
  }(b));
}

}  // namespace
