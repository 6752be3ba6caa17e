#include <tutti/testing/failure.hpp>

#include <gtest/gtest.h>

#include <string>

#include <tutti/testing/explore.hpp>
#include <tutti/testing/shared.hpp>
#include <tutti/tutti.hpp>

namespace tutti {
namespace {
namespace lab = tutti::testing;

TEST(failure, a_broken_check_throws_outside_of_a_simulation) {
  lab::check(true);
  EXPECT_THROW(lab::check(false), lab::failure);
}

TEST(failure, a_broken_check_cannot_be_swallowed) {
  const auto swallows = [] {
    try {
      lab::check(false, "two and two");
    } catch (...) {
    }
  };
  try {
    lab::explore({.schedules = 3}, swallows);
    FAIL();
  } catch (const lab::failure& f) {
    EXPECT_NE(std::string(f.what()).find("two and two"), std::string::npos);
    EXPECT_NE(std::string(f.what()).find("failure_test.cpp"), std::string::npos);
  }
}

/// Also those who wait for nothing: which threads there were, and each task below its awaiter.
TEST(failure, says_where_everybody_was_when_nobody_waits) {
  const auto scenario = [] {
    lab::shared<int> x = 0;
    lab::shared<int> y = 0;
    thread other{"other", [&] {
                   for (int i = 0; i < 3; ++i) y = i;
                 }};
    x = 1;
    lab::check(y.peek() != 1, "met");
  };
  try {
    lab::explore({.schedules = 200, .strategy = lab::strategy::random}, scenario);
    FAIL();
  } catch (const lab::failure& f) {
    const std::string text = f.what();
    EXPECT_NE(text.find("nobody waits:\n  thread \"main\" is running"), std::string::npos) << text;
    EXPECT_NE(text.find("  thread \"other\" can go on"), std::string::npos) << text;
  }
}

task<> reads_line(queue<int>& q) { co_await q.async_get(); }
task<> serves(queue<int>& q) { co_await reads_line(q); }

TEST(failure, shows_the_coroutines_that_a_task_stands_in) {
  const auto scenario = [] {
    queue<int> q;
    run(serves(q));
  };
  try {
    lab::explore({.schedules = 5}, scenario);
    FAIL();
  } catch (const lab::failure& f) {
    const std::string text = f.what();
    const std::size_t inner = text.find("reads_line (failure_test.cpp:");
    const std::size_t outer = text.find("serves (failure_test.cpp:");
    EXPECT_NE(inner, std::string::npos) << text;
    EXPECT_NE(outer, std::string::npos) << text;
    EXPECT_LT(inner, outer);
  }
}

}  // namespace
}  // namespace tutti
