#include <tutti/testing/gtest.hpp>

#include <chrono>
#include <string>

#include <tutti/base/clock.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/this_task.hpp>
#include <tutti/sys/thread.hpp>

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

TUTTI_TEST(gtest_adaptor, runs_a_coroutine_in_virtual_time) {
  const time_point start = clock::now();
  co_await sleep(1h);
  EXPECT_GE(clock::now() - start, 1h);
}

TUTTI_TEST(gtest_adaptor, names_the_task_after_the_test) {
  EXPECT_EQ(this_task::name(), "gtest_adaptor.names_the_task_after_the_test");
  co_return;
}

TEST(gtest_adaptor, a_failed_assertion_ends_the_search) {
  try {
    lab::explore({.schedules = 1000}, [] {
      lab::shared<int> x = 0;
      {
        sys::thread a{"a", [&] { x = x + 1; }};
        sys::thread b{"b", [&] { x = x + 1; }};
      }
      EXPECT_EQ(x, 2);
    });
    FAIL();
  } catch (const lab::failure& f) {
    EXPECT_NE(std::string(f.what()).find("assertion failed at gtest_test.cpp"), std::string::npos)
        << f.what();
  }
}

}  // namespace
}  // namespace tutti
