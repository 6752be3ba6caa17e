#include <tutti/sys/interrupt.hpp>

#include <gtest/gtest.h>

#include <csignal>

namespace sys = tutti::sys;

namespace {

TEST(InterruptWatch, TheFirstPressIsOnlyNoted) {
  {
    const sys::interrupt_watch watch;
    EXPECT_EQ(sys::interrupt_watch::requested(), 0);
    std::raise(SIGINT);
    EXPECT_EQ(sys::interrupt_watch::requested(), SIGINT);
  }
  const sys::interrupt_watch again;
  EXPECT_EQ(sys::interrupt_watch::requested(), 0);
  std::raise(SIGTERM);
  EXPECT_EQ(sys::interrupt_watch::requested(), SIGTERM);
}

TEST(InterruptWatchDeathTest, TheSecondPressEndsTheProgram) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        const sys::interrupt_watch watch;
        std::raise(SIGINT);
        std::raise(SIGINT);
      },
      testing::KilledBySignal(SIGINT), "");
}

TEST(InterruptWatch, PutsBackWhatWasThere) {
  const auto before = std::signal(SIGINT, SIG_IGN);
  {
    const sys::interrupt_watch watch;
  }
  EXPECT_EQ(std::signal(SIGINT, before), SIG_IGN);
}

}  // namespace
