// Hard cases of waiting for results, as asyncio's `wait`, `as_completed`, `gather` and `shield`
// meet them: who is done when several end at once, what a limit leaves behind, who may still ask.
// In virtual time.
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <tutti/core/as_completed.hpp>
#include <tutti/core/gather.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>
#include <tutti/core/this_task.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/core/wait_futures.hpp>
#include <tutti/testing/run_virtual.hpp>

namespace tutti {
namespace {
using namespace std::chrono_literals;
using tutti::testing::run_virtual;

task<int> value_after(duration d, int value) {
  co_await sleep(d);
  co_return value;
}
task<int> fails_after(duration d, std::string text) {
  co_await sleep(d);
  throw std::runtime_error(text);
}
std::vector<future<int>> two_values_and_an_error() {
  std::vector<future<int>> all;
  all.push_back(spawn(value_after(1s, 1)));
  all.push_back(spawn(fails_after(2s, "second")));
  all.push_back(spawn(value_after(3s, 3)));
  return all;
}

TEST(HardWait, AnErrorEndsItOnlyWhereThatWasAsked) {
  auto f = []() -> task<> {
    const time_point start = clock::now();
    auto first = co_await async_wait(two_values_and_an_error(), wait_until::first_exception);
    EXPECT_EQ(clock::now() - start, 2s);
    EXPECT_EQ(first.done.size(), 2U);
    EXPECT_EQ(first.pending.size(), 1U);
    EXPECT_EQ(co_await std::move(first.pending.front()), 3);
    auto all = co_await async_wait(two_values_and_an_error());
    EXPECT_EQ(all.done.size(), 3U) << "else an error is a completion like any other";
    EXPECT_NE(all.done[1].exception(), nullptr);
    EXPECT_NE(first.done[1].exception(), nullptr);
  };
  run_virtual(f());
}

TEST(HardWait, WithoutAnErrorItWaitsForAll) {
  auto f = []() -> task<> {
    std::vector<future<int>> values;
    for (int i = 1; i <= 3; ++i) values.push_back(spawn(value_after(i * 1s, i)));
    auto parts = co_await async_wait(std::move(values), wait_until::first_exception);
    EXPECT_EQ(parts.done.size(), 3U);
    EXPECT_TRUE(parts.pending.empty());
    int expected = 0;
    for (future<int>& each : parts.done) EXPECT_EQ(co_await std::move(each), ++expected);
  };
  run_virtual(f());
}

TEST(HardWait, WhatIsDoneAlreadyOrNotThereEndsItAtOnce) {
  auto f = []() -> task<> {
    std::vector<future<int>> some;
    some.push_back(spawn(value_after(0s, 1)));
    some.push_back(spawn(value_after(1h, 2)));
    co_await sleep(1s);
    const time_point start = clock::now();
    auto parts = co_await async_wait(std::move(some), wait_until::first_completed);
    EXPECT_EQ(parts.done.size(), 1U);
    auto nothing = co_await async_wait(std::vector<future<int>>());
    EXPECT_TRUE(nothing.done.empty() && nothing.pending.empty());
    EXPECT_EQ(clock::now(), start);
    parts.pending.front().cancel();
    co_await sleep(1s);
  };
  run_virtual(f());
}

TEST(HardWait, OneCancelledByItselfIsDone) {
  auto f = []() -> task<> {
    std::vector<future<int>> some;
    some.push_back(spawn(value_after(1h, 1)));
    some.push_back(spawn(value_after(2h, 2)));
    co_await yield();
    some[0].cancel();
    auto parts = co_await async_wait(std::move(some), wait_until::first_completed);
    EXPECT_EQ(parts.done.size(), 1U);
    if (!parts.done.empty()) {
      EXPECT_TRUE(parts.done.front().was_cancelled());
    }
    parts.pending.front().cancel();
    co_await sleep(1s);
  };
  run_virtual(f());
}

TEST(HardWait, ALimitLeavesTheFuturesAndTheirWork) {
  auto f = []() -> task<> {
    std::vector<future<int>> some;
    some.push_back(spawn(value_after(10s, 1)));
    auto early = co_await async_wait_for(std::move(some), 1s);
    EXPECT_TRUE(early.done.empty());
    auto late = co_await async_wait_for(std::move(early.pending), 1h);
    EXPECT_EQ(late.done.size(), 1U);
  };
  run_virtual(f());
}

TEST(HardAsCompleted, ALimitAroundOneNextLosesNothing) {
  auto f = []() -> task<> {
    std::vector<task<int>> all;
    all.push_back(value_after(3s, 3));
    all.push_back(value_after(1s, 1));
    stream<int> s = as_completed(std::move(all));
    std::vector<int> got;
    int limits = 0;
    for (;;) {
      const auto next = co_await gather_settled(timeout(500ms, s.async_next()));
      const outcome<std::optional<int>>& one = std::get<0>(next);
      if (!one.has_value()) {
        ++limits;
        continue;
      }
      const std::optional<int> item = one.value();
      if (!item.has_value()) break;
      got.push_back(*item);
    }
    EXPECT_EQ(got, (std::vector<int>{1, 3}));
    EXPECT_GE(limits, 4);
  };
  run_virtual(f());
}

TEST(HardAsCompleted, OfNothingItEndsAtOnce) {
  auto f = []() -> task<> {
    stream<int> none = as_completed(std::vector<task<int>>());
    const auto first = co_await none.async_next();
    EXPECT_FALSE(first.has_value());
  };
  run_virtual(f());
}

TEST(HardGather, OfFuturesACancelReachesTheirWork) {
  auto f = []() -> task<> {
    int cut = 0;
    auto work = [](int& n) -> task<int> {
      try {
        co_await sleep(1h);
      } catch (const cancelled&) {
        ++n;
        throw;
      }
      co_return 0;
    };
    std::vector<future<int>> all;
    for (int i = 0; i < 3; ++i) all.push_back(spawn(work(cut)));
    const auto got = co_await move_on_after(1s, gather(std::move(all)));
    EXPECT_FALSE(got.has_value());
    EXPECT_EQ(cut, 3) << "all have ended when the limit is told";
  };
  run_virtual(f());
}

TEST(HardGather, TheOneThatFailsFirstInTimeIsTold) {
  auto f = []() -> task<> {
    std::string told;
    try {
      co_await gather(fails_after(2s, "late"), fails_after(1s, "early"), value_after(3s, 1));
    } catch (const std::runtime_error& e) {
      told = e.what();
    }
    EXPECT_EQ(told, "early");
  };
  run_virtual(f());
}

TEST(HardShield, ASharedFutureOutlivesTheOneThatGaveUp) {
  auto f = []() -> task<> {
    const shared_future<int> shared = spawn(value_after(10s, 7)).share();
    const auto waits = [](shared_future<int> what) -> task<int> { co_return co_await what; };
    const auto impatient = co_await move_on_after(1s, waits(shared));
    EXPECT_FALSE(impatient.has_value());
    EXPECT_EQ(co_await waits(shared), 7) << "its work went on for the others";
  };
  run_virtual(f());
}

TEST(HardShield, NestedInALimitItsValueComesAndTheNextWaitThrows) {
  auto f = []() -> task<> {
    int got = 0;
    bool next_wait_threw = false;
    auto careful = [](int& value, bool& threw) -> task<> {
      value = co_await shield(value_after(10s, 7));
      try {
        co_await yield();
      } catch (const cancelled& c) {
        threw = c.reason == cancel_reason::deadline;
        throw;
      }
    };
    const time_point start = clock::now();
    const bool finished = co_await move_on_after(1s, careful(got, next_wait_threw));
    EXPECT_FALSE(finished);
    EXPECT_TRUE(next_wait_threw);
    EXPECT_EQ(got, 7);
    EXPECT_EQ(clock::now() - start, 10s);
  };
  run_virtual(f());
}

}  // namespace
}  // namespace tutti
