#include <tutti/sys/thread.hpp>

#include <memory>

#include <gtest/gtest.h>

namespace {

using tutti::sys::thread;

TEST(SysThread, RunsNamedAndJoins) {
  std::string name;
  thread t("a-very-long-thread-name", [&] { name = tutti::sys::this_thread_name(); });
  EXPECT_TRUE(t.joinable());
  t.join();
  EXPECT_FALSE(t.joinable());
  EXPECT_EQ(name, "a-very-long-thr") << "the kernel keeps 15 characters";
  EXPECT_EQ(tutti::sys::this_thread_name(), "main");
}

TEST(SysThread, DestroysItsBodyOnItsOwnThread) {
  auto held = std::make_shared<int>(1);
  {
    thread t("holder", [held] {});
    thread moved = std::move(t);
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(SysThread, NumbersDiffer) {
  const unsigned long mine = tutti::sys::this_thread_number();
  unsigned long other = mine;
  thread("other", [&] { other = tutti::sys::this_thread_number(); }).join();
  EXPECT_NE(mine, other);
}

}  // namespace
