#include <tutti/sys/sigint.hpp>

#include <csignal>

#include <gtest/gtest.h>

namespace {

volatile std::sig_atomic_t told = 0;
int target = 0;

TEST(Sigint, TellsTheOutermostWatchOnce) {
  told = 0;
  {
    tutti::sys::sigint_watch watch([](void*) noexcept { told = told + 1; }, &target);
    EXPECT_TRUE(watch.active());
    tutti::sys::sigint_watch inner([](void*) noexcept { told = told + 100; }, &target);
    EXPECT_FALSE(inner.active());
    std::raise(SIGINT);
    EXPECT_EQ(told, 1);
  }
  struct sigaction now {};
  sigaction(SIGINT, nullptr, &now);
  EXPECT_EQ(now.sa_handler, SIG_DFL);
}

TEST(SigintDeathTest, TheSecondOneEndsTheProgram) {
  EXPECT_EXIT(
      {
        tutti::sys::sigint_watch watch([](void*) noexcept {}, &target);
        std::raise(SIGINT);
        std::raise(SIGINT);
      },
      testing::KilledBySignal(SIGINT), "");
}

TEST(Sigint, LeavesAForeignHandlerAlone) {
  auto* const before = std::signal(SIGINT, SIG_IGN);
  tutti::sys::sigint_watch watch([](void*) noexcept {}, &target);
  EXPECT_FALSE(watch.active());
  std::signal(SIGINT, before);
}

}  // namespace
