#include <tutti/base/time.hpp>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using tutti::duration;
using tutti::time_point;
using tutti::detail::saturating_add;
using tutti::detail::timespan;

TEST(Timespan, TakesAnyDurationAndSaturates) {
  EXPECT_EQ(timespan(2s).value(), 2s);
  EXPECT_EQ(timespan(std::chrono::duration<double>(0.5)).value(), 500ms);
  EXPECT_EQ(timespan(std::chrono::hours::max()).value(), duration::max());
  EXPECT_EQ(timespan(std::chrono::hours::min()).value(), duration::min());
  EXPECT_EQ(timespan(duration::max()).value(), duration::max());
}

TEST(SaturatingAdd, StaysWithinTheClock) {
  const time_point t(1h);
  EXPECT_EQ(saturating_add(t, 1h), time_point(2h));
  EXPECT_EQ(saturating_add(t, -2h), time_point(-1h));
  EXPECT_EQ(saturating_add(t, duration::max()), time_point::max());
  EXPECT_EQ(saturating_add(time_point(-1h), duration::min()), time_point::min());
}

}  // namespace
