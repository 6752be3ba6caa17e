#include <tutti/sys/parker.hpp>

#include <tutti/base/clock.hpp>
#include <tutti/sys/current.hpp>
#include <tutti/sys/thread.hpp>

#include <gtest/gtest.h>

namespace {

using tutti::sys::parker;

TEST(Parker, ATokenLeftEarlyLetsTheNextParkThrough) {
  parker p;
  p.unpark();
  p.unpark();  // tokens do not add up
  EXPECT_TRUE(p.park_until(tutti::time_point::max()));
  EXPECT_FALSE(p.park_until(tutti::time_point::min())) << "only one token was there";
}

TEST(Parker, ADeadlineInThePastDoesNotSleep) {
  parker p;
  EXPECT_FALSE(p.park_until(tutti::clock::now()));
}

TEST(Parker, WakesAcrossThreadsAndPublishes) {
  parker here;
  parker there;
  int shared = 0;
  tutti::sys::thread t("other", [&] {
    for (int i = 0; i < 1000; ++i) {
      there.park();
      ++shared;
      here.unpark();
    }
  });
  for (int i = 0; i < 1000; ++i) {
    ++shared;
    there.unpark();
    here.park();
  }
  t.join();
  EXPECT_EQ(shared, 2000);
}

TEST(Parker, EveryThreadHasItsOwn) {
  parker* const mine = &tutti::sys::this_parker();
  EXPECT_EQ(mine, &tutti::sys::this_parker());
  parker* other = nullptr;
  tutti::sys::thread t("other", [&] { other = &tutti::sys::this_parker(); });
  t.join();
  EXPECT_NE(mine, other);
}

}  // namespace
