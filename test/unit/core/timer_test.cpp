#include <tutti/core/timer.hpp>

#include <gtest/gtest.h>

namespace {

using namespace tutti;

TEST(Timer, LiesInItsWaiterAndFindsItAgain) {
  struct waiter : detail::timer {
    waiter() noexcept : timer([](timer& t) noexcept { ++static_cast<waiter&>(t).fired; }) {}
    int fired = 0;
  };
  waiter w;
  w.fire(w);
  w.fire(w);
  EXPECT_EQ(w.fired, 2);
  EXPECT_EQ(w.when, time_point{});
}

}  // namespace
