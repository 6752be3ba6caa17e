#include <tutti/core/spawn.hpp>

#include <string>

#include <gtest/gtest.h>

#include <tutti/core/sleep.hpp>
#include <tutti/core/this_task.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/thread/thread_pool.hpp>

namespace {

using namespace tutti;

task<int> value(int x) { co_return x; }

TEST(Spawn, RunsNothingBeforeTheNextWait) {
  bool ran = false;
  auto child = [](bool& flag) -> task<> {
    flag = true;
    co_return;
  };
  auto f = [](auto make, bool& flag) -> task<> {
    future<void> c = spawn(make(flag));
    EXPECT_FALSE(flag);
    co_await yield();
    EXPECT_TRUE(flag);
    EXPECT_TRUE(c.done());
  };
  run(f(child, ran));
}

TEST(Spawn, TakesACallableAndOwnsItsArguments) {
  auto f = []() -> task<> {
    future<std::string> c;
    {
      std::string text = "kept";
      c = spawn(
          [](std::string s) -> task<std::string> {
            co_await yield();
            co_return s;
          },
          text);
    }
    EXPECT_EQ(co_await std::move(c), "kept");
  };
  run(f());
}

TEST(Spawn, OutsideARunItSaysSo) {
  try {
    spawn(value(1));
    FAIL();
  } catch (const error& e) {
    EXPECT_NE(std::string(e.what()).find("run"), std::string::npos) << e.what();
  }
}

TEST(Spawn, WhatIsLeftIsCancelledAndAwaitedAtTheEndOfTheRun) {
  bool ended = false;
  auto child = [](bool& flag) -> task<> {
    try {
      co_await tutti::sleep(duration::max());
    } catch (const cancelled& e) {
      EXPECT_EQ(e.reason, cancel_reason::shutdown);
      flag = true;
      throw;
    }
  };
  auto f = [](auto make, bool& flag) -> task<> {
    spawn(make(flag));
    co_await yield();
  };
  run(f(child, ended));
  EXPECT_TRUE(ended);
}

TEST(On, RunsThereAndComesBack) {
  thread_pool pool{{.threads = 1}};
  auto there = [](thread_pool& p) -> task<bool> { co_return p.scheduler_ref().runs_here(); };
  auto f = [](thread_pool& p, auto ask) -> task<> {
    EXPECT_TRUE(co_await on(p, ask(p)));
    EXPECT_FALSE(co_await ask(p));
  };
  run(f(pool, there));
}

}  // namespace
