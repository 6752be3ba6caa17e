#include <tutti/testing/shared.hpp>

#include <gtest/gtest.h>

#include <tutti/sys/thread.hpp>
#include <tutti/testing/explore.hpp>

namespace tutti {
namespace {
namespace lab = tutti::testing;

TEST(shared, stands_for_a_plain_value) {
  lab::shared<int> x = 1;
  x += 2;
  ++x;
  EXPECT_EQ(x, 4);
  EXPECT_EQ(x++, 4);
  EXPECT_EQ(x.peek(), 5);
}

TEST(shared, an_atomic_loses_no_update) {
  lab::explore({.schedules = 300}, [] {
    lab::atomic<int> x = 0;
    {
      sys::thread a{"a", [&] { ++x; }};
      sys::thread b{"b", [&] { ++x; }};
    }
    lab::check(x == 2);
  });
}

TEST(yield_point, spinning_on_it_is_no_livelock) {
  lab::explore({.schedules = 300, .steps_max = 2000}, [] {
    lab::shared<bool> ready = false;
    sys::thread a{"a", [&] { ready = true; }};
    while (!ready) lab::yield_point();
  });
}

TEST(yield_point, spinning_for_nothing_is_one) {
  EXPECT_THROW(lab::explore({.schedules = 3, .steps_max = 2000},
                            [] {
                              lab::shared<bool> ready = false;
                              while (!ready) lab::yield_point();
                            }),
               lab::failure);
}

}  // namespace
}  // namespace tutti
