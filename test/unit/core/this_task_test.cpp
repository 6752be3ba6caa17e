#include <tutti/core/this_task.hpp>

#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/sys/thread.hpp>
#include <tutti/testing/run_virtual.hpp>

namespace {

using namespace std::chrono_literals;
using namespace tutti;

task<std::string> my_name() { co_return this_task::name(); }

TEST(ThisTask, KnowsItsNameAndPassesItOn) {
  auto f = []() -> task<> {
    this_task::set_name("parent");
    EXPECT_EQ(this_task::name(), "parent");
    EXPECT_EQ(co_await spawn(my_name()), "parent");
    EXPECT_EQ(co_await spawn(my_name(), {.name = "child"}), "child");
  };
  run(f());
}

TEST(ThisTask, IdsAreUniqueAndNeverZero) {
  auto id = []() -> task<std::uint64_t> { co_return this_task::id(); };
  auto f = [](auto ask) -> task<> {
    const auto mine = this_task::id();
    const auto other = co_await spawn(ask());
    EXPECT_NE(mine, 0U);
    EXPECT_NE(other, 0U);
    EXPECT_NE(mine, other);
    EXPECT_EQ(mine, this_task::id());
  };
  run(f(id));
}

TEST(ThisTask, OutsideATaskItIsTheThread) {
  std::string name;
  sys::thread t("painter", [&] { name = this_task::name(); });
  t.join();
  EXPECT_EQ(name, "painter");
  EXPECT_FALSE(this_task::cancel_requested());
  EXPECT_FALSE(this_task::deadline().has_value());
  EXPECT_NO_THROW(this_task::check());
}

TEST(ThisTask, SeesItsDeadlineAndThatItHasPassed) {
  auto inner = []() -> task<> {
    EXPECT_TRUE(this_task::deadline().has_value());
    EXPECT_EQ(*this_task::deadline(), clock::now() + 5s);
    EXPECT_FALSE(this_task::cancel_requested());
    try {
      co_await tutti::sleep(10s);
    } catch (const cancelled&) {
    }
    EXPECT_TRUE(this_task::cancel_requested());
    EXPECT_TRUE(this_task::stop_token().stop_requested());
    EXPECT_THROW(this_task::check(), cancelled);
  };
  auto f = [](auto body) -> task<> {
    EXPECT_FALSE(this_task::deadline().has_value());
    co_await timeout(5s, body());
  };
  tutti::testing::run_virtual(f(inner));
}

}  // namespace
