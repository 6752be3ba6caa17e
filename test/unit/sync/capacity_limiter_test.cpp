#include <tutti/sync/capacity_limiter.hpp>

#include <thread>

#include <gtest/gtest.h>

#include <tutti/tutti.hpp>

using namespace std::chrono_literals;
using tutti::task;

namespace {

TEST(CapacityLimiter, KnowsItsBorrowers) {
  tutti::capacity_limiter limit{2};
  EXPECT_THROW(limit.release(), tutti::not_owner);
  limit.acquire();
  EXPECT_THROW(limit.acquire(), tutti::error);
  EXPECT_THROW(limit.try_acquire(), tutti::error);
  EXPECT_EQ(limit.borrowed(), 1U);
  std::thread([&] {
    EXPECT_THROW(limit.release(), tutti::not_owner);
    tutti::permit one{limit};
    EXPECT_EQ(limit.borrowed(), 2U);
    EXPECT_THROW(limit.acquire(), tutti::error);
  }).join();
  limit.release();
  EXPECT_EQ(limit.borrowed(), 0U);
}

task<> borrow(tutti::capacity_limiter& limit, int& inside, int& most) {
  auto one = co_await limit.async_acquire();
  most = std::max(most, ++inside);
  co_await tutti::yield();
  --inside;
}

TEST(CapacityLimiter, LimitsTasksAndFollowsItsTotal) {
  tutti::capacity_limiter limit{2};
  int inside = 0;
  int most = 0;
  tutti::run([](tutti::capacity_limiter& l, int& in, int& m) -> task<> {
    std::vector<task<>> all;
    for (int i = 0; i < 20; ++i) all.push_back(borrow(l, in, m));
    co_await tutti::gather(std::move(all));
    EXPECT_EQ(m, 2);
    l.set_total(5);
    for (int i = 0; i < 20; ++i) all.push_back(borrow(l, in, m));
    co_await tutti::gather(std::move(all));
    EXPECT_EQ(m, 5);
  }(limit, inside, most));
  EXPECT_EQ(limit.borrowed(), 0U);
}

TEST(CapacityLimiter, CancelledBeforeAndAfterTheGrant) {
  tutti::capacity_limiter limit{1};
  int inside = 0;
  int most = 0;
  tutti::run([](tutti::capacity_limiter& l, int& in, int& m) -> task<> {
    auto mine = co_await l.async_acquire();
    auto f = tutti::spawn(borrow(l, in, m));
    auto g = tutti::spawn(borrow(l, in, m));
    auto h = tutti::spawn(borrow(l, in, m));
    co_await tutti::yield();
    EXPECT_EQ(l.waiting(), 3U);
    f.cancel();
    mine.release();
    g.cancel();
    co_await std::move(h);
  }(limit, inside, most));
  EXPECT_EQ(limit.borrowed(), 0U);
  EXPECT_EQ(limit.waiting(), 0U);
}

}  // namespace
