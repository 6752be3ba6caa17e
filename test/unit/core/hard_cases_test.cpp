// Hard cases that Python's asyncio and Trio learned the hard way, told again for tutti: limits that
// meet, errors during cancellation, groups in groups, requests that stay. In virtual time.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <tutti/core/gather.hpp>
#include <tutti/core/hook.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>
#include <tutti/core/task_group.hpp>
#include <tutti/core/this_task.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/core/wait_futures.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/testing/run_virtual.hpp>
#include <tutti/thread/thread_pool.hpp>

namespace tutti {
namespace {
using namespace std::chrono_literals;
using tutti::testing::run_virtual;

task<> forever() { co_await sleep(duration::max()); }
task<> sleep_as_task(duration d) { co_await sleep(d); }
std::vector<std::string>& heard() {
  static std::vector<std::string> all;
  return all;
}
task<int> value_after(duration d, int value) {
  co_await sleep(d);
  co_return value;
}
task<> fails_after(duration d, std::string text) {
  co_await sleep(d);
  throw std::runtime_error(text);
}
/// Fails when it is cut.
task<> fails_on_the_way_out(std::string text) {
  try {
    co_await forever();
  } catch (const cancelled&) {
  }
  throw std::logic_error(text);
}
/// Goes on for `d` after it was asked to stop.
task<int> takes_its_time(duration d) {
  bool asked = false;
  try {
    co_await forever();
  } catch (const cancelled&) {
    asked = true;
  }
  if (asked) co_await shield(sleep_as_task(d));
  co_return 42;
}

// ---- limits -------------------------------------------------------------------------------------

TEST(HardLimits, OfTwoThatEndTogetherOnlyTheOuterThrows) {
  auto inner = [](time_point at, bool& cut) -> task<> {
    try {
      co_await timeout_at(at, forever());
    } catch (const cancelled&) {
      cut = true;
      throw;
    }
  };
  auto f = [](auto body) -> task<> {
    bool cut = false;
    bool outer = false;
    const time_point at = clock::now() + 1s;
    try {
      co_await timeout_at(at, body(at, cut));
    } catch (const timeout_error&) {
      outer = true;
    }
    EXPECT_TRUE(cut && outer);
  };
  run_virtual(f(inner));
}

TEST(HardLimits, AnErrorInTheCleanUpIsNotATimeout) {
  auto f = []() -> task<> {
    std::string text;
    try {
      co_await timeout(1s, fails_on_the_way_out("in the clean-up"));
    } catch (const std::logic_error& e) {
      text = e.what();
    }
    EXPECT_EQ(text, "in the clean-up");
  };
  run_virtual(f());
}

TEST(HardLimits, WorkThatTakesItsTimeIsWaitedForAndItsValueGiven) {
  auto f = []() -> task<> {
    const time_point start = clock::now();
    const int got = co_await timeout(1s, takes_its_time(10s));
    EXPECT_EQ(got, 42);
    EXPECT_EQ(clock::now() - start, 11s);
  };
  run_virtual(f());
}

TEST(HardLimits, TheOuterOneCutsWhatFollowsTheInner) {
  auto body = [](bool& inner) -> task<> {
    try {
      co_await timeout(1s, takes_its_time(5s));
      inner = true;
    } catch (const timeout_error&) {
    }
    co_await forever();
  };
  auto f = [](auto work) -> task<> {
    bool inner = false;
    const time_point start = clock::now();
    EXPECT_FALSE(co_await move_on_after(3s, work(inner)));
    EXPECT_TRUE(inner);
    EXPECT_EQ(clock::now() - start, 6s) << "the outer limit passed in the shield";
  };
  run_virtual(f(body));
}

TEST(HardLimits, NoneOrNegativeLetsItRunToItsFirstWait) {
  auto steps = [](int& n) -> task<> {
    ++n;
    co_await yield();
    ++n;
  };
  auto f = [](auto work) -> task<> {
    int n = 0;
    EXPECT_FALSE(co_await move_on_after(0s, work(n)));
    EXPECT_EQ(n, 1);
    EXPECT_FALSE(co_await move_on_after(-11s, work(n)));
    EXPECT_EQ(n, 2);
    EXPECT_TRUE(co_await move_on_after(duration::max(), work(n)));
    EXPECT_EQ(n, 4);
  };
  run_virtual(f(steps));
}

TEST(HardLimits, ACancellationFromOutsideIsNoTimeout) {
  auto limited = []() -> task<> { co_await timeout(1h, forever()); };
  auto waits = [](auto work) -> task<> {
    auto it = spawn(work());
    co_await sleep(1s);
    EXPECT_TRUE(it.cancel());
    bool cut = false;
    try {
      co_await std::move(it);
    } catch (const future_cancelled&) {
      cut = true;
    }
    EXPECT_TRUE(cut);
  };
  run_virtual(waits(limited));
}

TEST(HardLimits, CleaningUpUnderARequestThatStays) {
  // In a cancelled scope a limit of its own does not bring the power to wait back; a shield does.
  auto body = [](int& seen) -> task<> {
    try {
      co_await forever();
    } catch (const cancelled&) {
    }
    try {
      co_await timeout(1s, forever());
    } catch (const cancelled&) {
      seen += 1;
    }
    const bool done = co_await shield(move_on_after(1s, forever()));
    seen += done ? 100 : 10;
  };
  auto f = [](auto work) -> task<> {
    int seen = 0;
    EXPECT_TRUE(co_await move_on_after(1s, work(seen)));
    EXPECT_EQ(seen, 11);
  };
  run_virtual(f(body));
}

TEST(HardLimits, TheDeadlineOneSeesIsTheEarliestUpToAShield) {
  auto inside = [](std::vector<std::optional<time_point>>& seen) -> task<> {
    seen.push_back(this_task::deadline());
    co_return;
  };
  auto f = [](auto look) -> task<> {
    std::vector<std::optional<time_point>> seen;
    const time_point now = clock::now();
    co_await timeout(2s, timeout(1s, look(seen)));
    co_await timeout(1s, timeout(2s, look(seen)));
    co_await timeout(1s, shield(look(seen)));
    co_await timeout(1s, shield(timeout(5s, look(seen))));
    co_await look(seen);
    EXPECT_EQ(seen[0], now + 1s);
    EXPECT_EQ(seen[1], now + 1s);
    EXPECT_FALSE(seen[2].has_value());
    EXPECT_EQ(seen[3], now + 5s);
    EXPECT_FALSE(seen[4].has_value());
  };
  run_virtual(f(inside));
}

// ---- groups -------------------------------------------------------------------------------------

std::vector<std::string> leaves_of(const exception_group& g) {
  std::vector<std::string> out;
  for (const std::exception_ptr& e : g.leaves()) out.push_back(detail::describe(e));
  return out;
}

TEST(HardGroups, AChildCancelledByItselfLeavesTheOthersAlone) {
  auto body = [](task_group& g) -> task<int> {
    auto first = g.spawn(forever());
    auto second = g.spawn(value_after(2s, 11));
    co_await sleep(1s);
    first.cancel();
    co_return co_await std::move(second);
  };
  EXPECT_EQ(run_virtual(with_task_group(body)), 11);
}

TEST(HardGroups, AnInnerGroupsErrorIsABranchOfTheOuters) {
  auto inner = [](task_group& g) -> task<> {
    g.spawn(fails_after(1s, "deep"));
    co_return;
  };
  auto outer = [inner](task_group& g) -> task<> {
    g.spawn(fails_on_the_way_out("beside"));
    co_await with_task_group(inner);
  };
  try {
    run_virtual(with_task_group(outer));
    FAIL();
  } catch (const exception_group& g) {
    ASSERT_EQ(g.exceptions().size(), 2U);
    EXPECT_EQ(leaves_of(g),
              (std::vector<std::string>{"std::runtime_error: deep", "std::logic_error: beside"}));
    EXPECT_TRUE(detail::matches<exception_group>(g.exceptions()[0]));
  }
}

TEST(HardGroups, AnOuterErrorCutsTheInnerGroupWithoutATrace) {
  auto inner = [](task_group& g) -> task<> {
    g.spawn(fails_after(10s, "never"));
    co_await forever();
  };
  auto outer = [inner](task_group& g) -> task<> {
    g.spawn(fails_after(1s, "first"));
    co_await with_task_group(inner);
  };
  try {
    run_virtual(with_task_group(outer));
    FAIL();
  } catch (const exception_group& g) {
    EXPECT_EQ(leaves_of(g), std::vector<std::string>{"std::runtime_error: first"});
  }
}

TEST(HardGroups, BodyAndChildBothFailOnTheirWayOut) {
  auto body = [](task_group& g) -> task<> {
    g.spawn(fails_after(1s, "child"));
    co_await fails_on_the_way_out("body");
  };
  try {
    run_virtual(with_task_group(body));
    FAIL();
  } catch (const exception_group& g) {
    EXPECT_EQ(leaves_of(g),
              (std::vector<std::string>{"std::runtime_error: child", "std::logic_error: body"}));
  }
}

TEST(HardGroups, WhatIsNoStdExceptionIsAnErrorToo) {
  auto throws_a_number = []() -> task<> {
    co_await sleep(1s);
    throw 7;
  };
  auto body = [throws_a_number](task_group& g) -> task<> {
    g.spawn(throws_a_number());
    co_await forever();
  };
  try {
    run_virtual(with_task_group(body));
    FAIL();
  } catch (const exception_group& g) {
    EXPECT_TRUE(g.contains<int>());
  }
}

TEST(HardGroups, AnErrorAfterTheOutsideCancelledIsKept) {
  auto body = [](task_group& g) -> task<> {
    g.spawn(fails_on_the_way_out("late"));
    co_await fails_on_the_way_out("later");
  };
  auto f = [](auto b) -> task<> {
    std::size_t errors = 0;
    try {
      co_await move_on_after(1s, with_task_group(b));
    } catch (const exception_group& g) {
      errors = g.leaves().size();
    }
    EXPECT_EQ(errors, 2U);
  };
  run_virtual(f(body));
}

TEST(HardGroups, AChildMaySpawnSiblingsAfterTheBodyHasEnded) {
  struct grows {
    static task<> child(task_group& g, int left, int& made) {
      ++made;
      co_await sleep(1s);
      if (left > 0) g.spawn(child(g, left - 1, made));
    }
  };
  int made = 0;
  auto body = [&made](task_group& g) -> task<> {
    g.spawn(grows::child(g, 3, made));
    co_return;
  };
  run_virtual(with_task_group(body));
  EXPECT_EQ(made, 4);
}

TEST(HardGroups, AChildBelongsToItsGroupNotToTheScopeItWasSpawnedIn) {
  auto spawner = [](task_group& g, bool& done) -> task<> {
    auto finishes = [](bool& d) -> task<> {
      co_await sleep(5s);
      d = true;
    };
    g.spawn(finishes(done));
    co_await forever();
  };
  bool done = false;
  auto body = [spawner, &done](task_group& g) -> task<> {
    const bool finished = co_await move_on_after(1s, spawner(g, done));
    EXPECT_FALSE(finished);
  };
  run_virtual(with_task_group(body));
  EXPECT_TRUE(done);
}

TEST(HardGroups, AnEmptyOneAndAnEmptyGatherAreDoneAtOnce) {
  auto empty = [](task_group&) -> task<int> { co_return 3; };
  auto f = [](auto body) -> task<> {
    EXPECT_EQ(co_await with_task_group(body), 3);
    EXPECT_EQ(co_await gather(), std::tuple<>());
    const auto values = co_await gather(std::vector<task<int>>());
    EXPECT_TRUE(values.empty());
    co_await gather(std::vector<task<>>());
    const auto outcomes = co_await gather_settled(std::vector<task<int>>());
    EXPECT_TRUE(outcomes.empty());
  };
  run_virtual(f(empty));
}

// ---- scopes and shields -------------------------------------------------------------------------

TEST(HardScopes, CancelledFromInsideItEndsAtTheNextWaitOnly) {
  auto body = [](cancel_scope& scope, int& steps) -> task<int> {
    scope.cancel();
    ++steps;
    if (steps == 1) co_await yield();
    ++steps;
    co_return 5;
  };
  auto f = [](auto work) -> task<> {
    cancel_scope first;
    int steps = 0;
    EXPECT_FALSE(co_await first.run(work(first, steps)));
    EXPECT_EQ(steps, 1);
    cancel_scope second;  // no wait after the cancel: the work completes, and its value counts
    EXPECT_EQ(co_await second.run(work(second, steps)), 5);
    EXPECT_TRUE(second.cancelled());
    co_await yield();  // outside nothing is cancelled
  };
  run_virtual(f(body));
}

TEST(HardScopes, TheInnerOneCancelledLeavesTheOuterAlone) {
  auto inner = [](cancel_scope& outer) -> task<bool> {
    cancel_scope scope;
    scope.cancel();
    scope.cancel();  // twice is once
    const bool finished = co_await scope.run(forever());
    EXPECT_FALSE(finished);
    co_await sleep(1s);
    co_return !outer.cancelled();
  };
  auto f = [](auto work) -> task<> {
    cancel_scope outer;
    EXPECT_EQ(co_await outer.run(work(outer)), true);
  };
  run_virtual(f(inner));
}

TEST(HardScopes, AnErrorInAShieldIsNotReplacedByTheCancellationOutside) {
  auto body = []() -> task<> { co_await shield(fails_after(5s, "in the shield")); };
  auto f = [](auto work) -> task<> {
    std::string text;
    try {
      co_await move_on_after(1s, work());
    } catch (const std::runtime_error& e) {
      text = e.what();
    }
    EXPECT_EQ(text, "in the shield");
  };
  run_virtual(f(body));
}

TEST(HardScopes, TheFirstReasonStays) {
  auto body = [](std::vector<cancel_reason>& why) -> task<> {
    for (int i = 0; i < 2; ++i) {
      try {
        co_await forever();
      } catch (const cancelled& c) {
        why.push_back(c.reason);
      }
    }
  };
  auto f = [](auto work) -> task<> {
    std::vector<cancel_reason> why;
    auto waiting = spawn(move_on_after(1s, work(why)));
    co_await std::move(waiting);
    EXPECT_EQ(why, (std::vector<cancel_reason>{cancel_reason::deadline, cancel_reason::deadline}));
  };
  run_virtual(f(body));
}

TEST(HardScopes, ARaceOfErrorsAndValuesGivesTheFirst) {
  auto f = []() -> task<> {
    const auto won = co_await race(value_after(1s, 1), fails_after(2s, "late"));
    EXPECT_EQ(won.index(), 0U);
    bool failed = false;
    try {
      co_await race(value_after(2s, 1), fails_after(1s, "early"));
    } catch (const std::runtime_error&) {
      failed = true;
    }
    EXPECT_TRUE(failed);
  };
  run_virtual(f());
}

// ---- oneself ------------------------------------------------------------------------------------

TEST(AwaitingOneself, IsADeadlockThatIsSaid) {
  auto waits_for = [](std::optional<future<int>>& own) -> task<int> {
    co_await yield();
    co_return co_await std::move(*own);
  };
  auto deeper = [waits_for](std::optional<future<int>>& own) -> task<int> {
    co_await yield();
    const auto [x] = co_await gather(waits_for(own));
    co_return x;
  };
  auto f = [](auto work) -> task<> {
    std::optional<future<int>> own;
    own.emplace(spawn(work(own), {.name = "ouroboros"}));
    co_await sleep(1s);
    // The task took the future with it; what it threw went to whoever listens for lost errors.
  };
  std::vector<std::string>* const seen = &heard();
  seen->clear();
  const detail::unobserved_handler former = detail::set_unobserved_handler(
      [](std::string_view name, const std::exception_ptr& e) noexcept {
        heard().push_back(std::string(name) + ": " + detail::type_name(e));
      });
  run(f(waits_for));
  run(f(deeper));
  detail::set_unobserved_handler(former);
  EXPECT_EQ(*seen,
            (std::vector<std::string>{"ouroboros: tutti::deadlock", "ouroboros: tutti::deadlock"}));
}

TEST(AwaitingOneself, OnAPoolTheCallThatGetsItsOwnResultSaysSo) {
  thread_pool pool{{.threads = 1}};
  std::optional<future<int>> own;
  promise<void> ready;
  auto call = [&own, go = ready.get_future()]() mutable -> int {
    go.get();
    return own->get();
  };
  own.emplace(pool.submit(std::move(call)));
  ready.set_value();
  pool.shutdown();
  EXPECT_TRUE(own.has_value());
  EXPECT_TRUE(detail::matches<deadlock>(own->exception()));
}

}  // namespace
}  // namespace tutti
