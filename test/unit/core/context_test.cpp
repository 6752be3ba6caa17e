#include <tutti/core/context.hpp>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <tutti/core/gather.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>
#include <tutti/core/this_task.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/testing/fault.hpp>
#include <tutti/thread/thread_pool.hpp>

namespace {

using namespace tutti;

context_var<std::string> request{"request", "-"};

TEST(ContextVar, IsRestoredWhereItWasSet) {
  EXPECT_EQ(request.get(), "-");
  {
    auto outer = request.set("1");
    EXPECT_EQ(request.get(), "1");
    {
      auto inner = request.set("2");
      EXPECT_EQ(request.get(), "2");
    }
    EXPECT_EQ(request.get(), "1");
  }
  EXPECT_EQ(request.get(), "-");
  EXPECT_STREQ(request.label(), "request");
}

TEST(ContextVar, EndingInAnotherOrderLeavesTheOthersAlone) {
  context_var<int> other{"other", 0};
  {
    auto first = std::make_unique<context_var<std::string>::restorer>(request.set("1"));
    auto second = other.set(2);
    first.reset();
    EXPECT_EQ(request.get(), "-");
    EXPECT_EQ(other.get(), 2);
  }
  EXPECT_EQ(other.get(), 0);
}

task<> set_and_restore_without_memory(bool named_meanwhile) {
  {
    auto restore = request.set("1");
    if (named_meanwhile) this_task::set_name("somebody");
    const tutti::testing::fault no_memory{"memory", ENOMEM, ENOMEM, ENOMEM};
    const auto ends_first = std::move(restore);
  }
  EXPECT_EQ(request.get(), "-");
  co_return;
}

TEST(ContextVar, IsRestoredWithoutMemory) {
  run(set_and_restore_without_memory(false));
  run(set_and_restore_without_memory(true));
}

task<std::string> seen() {
  co_await yield();
  co_return request.get();
}

TEST(ContextVar, ChildrenGetACopyOfTheMomentTheyWereStarted) {
  auto f = []() -> task<> {
    auto set = request.set("before");
    future<std::string> early = spawn(seen());
    auto again = request.set("after");
    EXPECT_EQ(co_await std::move(early), "before");
    auto both = co_await gather(seen(), seen());
    EXPECT_EQ(std::get<1>(both), "after");
  };
  run(f());
  EXPECT_EQ(request.get(), "-");
}

TEST(ContextVar, WhatAChildSetsStaysInTheChild) {
  auto child = []() -> task<> {
    auto set = request.set("child");
    co_await yield();
  };
  auto f = [](auto c) -> task<> {
    auto set = request.set("parent");
    co_await gather(c(), c());
    EXPECT_EQ(request.get(), "parent");
  };
  run(f(child));
}

TEST(ContextVar, FollowsWorkToAnotherExecutor) {
  thread_pool pool{{.threads = 1}};
  auto set = request.set("42");
  EXPECT_EQ(pool.submit([] { return request.get(); }).get(), "42");
}

}  // namespace
