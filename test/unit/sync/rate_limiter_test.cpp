#include <tutti/sync/rate_limiter.hpp>

#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include <tutti/testing/run_virtual.hpp>
#include <tutti/tutti.hpp>

using namespace std::chrono_literals;
using tutti::task;

namespace {

TEST(RateLimiter, ChecksItsArguments) {
  EXPECT_THROW((tutti::rate_limiter{0.0, 1}), std::invalid_argument);
  EXPECT_THROW((tutti::rate_limiter{-1.0, 1}), std::invalid_argument);
  EXPECT_THROW((tutti::rate_limiter{1.0, 0}), std::invalid_argument);
}

TEST(RateLimiter, GivesTheBurstAndThenWaits) {
  tutti::testing::run_virtual([]() -> task<> {
    tutti::rate_limiter rate{10.0, 2};
    const auto start = tutti::clock::now();
    rate.acquire();
    EXPECT_TRUE(rate.try_acquire());
    EXPECT_FALSE(rate.try_acquire());
    EXPECT_THROW(rate.acquire(), tutti::blocking_call);
    EXPECT_FALSE(rate.try_acquire_for(0s));
    co_await rate.async_acquire();
    EXPECT_EQ((tutti::clock::now() - start) / 1ms, 100);
    co_await tutti::sleep(10s);  // fills up to the burst, not more
    EXPECT_TRUE(rate.try_acquire());
    EXPECT_TRUE(rate.try_acquire());
    EXPECT_FALSE(rate.try_acquire());
  }());
}

task<> take(tutti::rate_limiter& rate, std::vector<long>& at) {
  co_await rate.async_acquire();
  at.push_back(tutti::clock::now().time_since_epoch() / 1ms);
}

TEST(RateLimiter, ServesInOrderAndACancelledOneTakesNothing) {
  tutti::testing::run_virtual([]() -> task<> {
    tutti::rate_limiter rate{10.0, 1};
    std::vector<long> at;
    const long start = tutti::clock::now().time_since_epoch() / 1ms;
    auto a = tutti::spawn(take(rate, at));
    auto b = tutti::spawn(take(rate, at));
    auto c = tutti::spawn(take(rate, at));
    co_await tutti::sleep(50ms);
    EXPECT_EQ(rate.statistics().waiting, 2U);
    EXPECT_FALSE(rate.try_acquire());
    b.cancel();
    co_await std::move(c);
    EXPECT_EQ(at, (std::vector<long>{start, start + 100}));
    EXPECT_EQ(rate.statistics().waiting, 0U);
  }());
}

TEST(RateLimiter, LooksAtShortIntervalsLoseNoTime) {
  tutti::testing::run_virtual([]() -> task<> {
    constexpr auto burst = std::size_t{1} << 50U;  // the sum counts in eighths
    tutti::rate_limiter rate{1.0, burst};
    for (int i = 0; i < 300; ++i) {
      EXPECT_TRUE(rate.try_acquire());
      co_await tutti::sleep(10ms);
    }
    EXPECT_TRUE(rate.try_acquire());
    EXPECT_GE(rate.statistics().available, static_cast<double>(burst) - 301 + 2.5);
  }());
}

}  // namespace
