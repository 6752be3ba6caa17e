#include <tutti/core/sleep.hpp>

#include <chrono>
#include <vector>

#include <gtest/gtest.h>

#include <tutti/base/clock.hpp>
#include <tutti/core/gather.hpp>
#include <tutti/core/spawn.hpp>
#include <tutti/testing/run_virtual.hpp>

namespace {

using namespace std::chrono_literals;
using namespace tutti;

template <class T>
concept can_sleep = requires(T t) { static_cast<detail::sleep_awaiter>(tutti::sleep(t)); };

TEST(Sleep, WantsAUnit) {
  static_assert(can_sleep<std::chrono::milliseconds>);
  static_assert(!can_sleep<int>);
}

TEST(Sleep, EndsAtItsTimeNotBefore) {
  auto f = []() -> task<> {
    const time_point start = clock::now();
    co_await tutti::sleep(90min);
    EXPECT_EQ(clock::now() - start, 90min);
    co_await sleep_until(start);  // has passed: at once
    EXPECT_EQ(clock::now() - start, 90min);
    co_await sleep_until(start + 2h);
    EXPECT_EQ(clock::now() - start, 2h);
  };
  tutti::testing::run_virtual(f());
}

TEST(Sleep, ZeroLetsOthersRunAndIsACheckpoint) {
  auto f = []() -> task<> {
    std::vector<int> order;
    auto child = [](std::vector<int>& o, int n, duration d) -> task<> {
      o.push_back(n);
      co_await tutti::sleep(d);
      o.push_back(n);
    };
    co_await gather(child(order, 1, 0s), child(order, 2, -5s));
    EXPECT_EQ(order, (std::vector{1, 2, 1, 2}));
  };
  tutti::testing::run_virtual(f());
}

TEST(Sleep, ForeverLastsUntilCancelled) {
  auto f = []() -> task<> {
    auto forever = []() -> task<> { co_await tutti::sleep(duration::max()); };
    future<void> sleeper = spawn(forever());
    co_await tutti::sleep(24h * 365);
    EXPECT_FALSE(sleeper.done());
    EXPECT_TRUE(sleeper.cancel());
    try {
      co_await std::move(sleeper);
      ADD_FAILURE();
    } catch (const future_cancelled&) {
    }
  };
  tutti::testing::run_virtual(f());
}

}  // namespace
