// Hard cases of beginnings: start handshakes that meet cancellation and the end of their group,
// work that is cancelled before it began, scopes used before, after and again. In virtual time.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <tutti/core/gather.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>
#include <tutti/core/task_group.hpp>
#include <tutti/core/this_task.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/testing/run_virtual.hpp>

namespace tutti {
namespace {
using namespace std::chrono_literals;
using tutti::testing::run_virtual;

task<> forever() { co_await sleep(duration::max()); }
task<int> value_after(duration d, int value) {
  co_await sleep(d);
  co_return value;
}

/// Says `value` after a second and ends after another one.
task<> service(started<int> up, int value, std::vector<std::string>& log) {
  co_await sleep(1s);
  up.set(value);
  log.push_back("up");
  co_await sleep(1s);
  log.push_back("down");
}

// ---- start --------------------------------------------------------------------------------------

TEST(HardStarts, APendingOneKeepsTheGroupOpen) {
  std::vector<std::string> log;
  auto starter = [](task_group& g, std::vector<std::string>& seen) -> task<> {
    const int value = co_await g.start<int>(service, 7, std::ref(seen));
    seen.push_back(std::to_string(value));
  };
  auto body = [&](task_group& g) -> task<> {
    g.spawn(starter(g, log));
    co_return;  // before the service is up
  };
  run_virtual(with_task_group(body));
  EXPECT_EQ(log, (std::vector<std::string>{"up", "7", "down"}));
}

TEST(HardStarts, IntoACancelledGroupItThrowsAndRunsNothing) {
  std::vector<std::string> log;
  bool was_cancelled = false;
  auto body = [&](task_group& g) -> task<> {
    g.cancel();
    try {
      co_await g.start<int>(service, 1, std::ref(log));
    } catch (const cancelled&) {
      was_cancelled = true;
      throw;
    }
  };
  run_virtual(with_task_group(body));
  EXPECT_TRUE(was_cancelled);
  EXPECT_TRUE(log.empty());
}

TEST(HardStarts, ALimitThatPassesEndsTheChildWithoutATraceInTheGroup) {
  std::vector<std::string> log;
  auto body = [&](task_group& g) -> task<int> {
    auto up = g.start<int>(service, 1, std::ref(log));
    const std::optional<int> value = co_await move_on_after(500ms, std::move(up));
    EXPECT_FALSE(value);
    EXPECT_EQ(g.size(), 0U);
    co_return co_await value_after(5s, 3);
  };
  EXPECT_EQ(run_virtual(with_task_group(body)), 3);
  EXPECT_TRUE(log.empty());
}

TEST(HardStarts, AfterSetTheChildIsTheGroupsAndNoLongerOfWhoStartedIt) {
  std::vector<std::string> log;
  auto body = [&](task_group& g) -> task<> {
    auto up = g.start<int>(service, 1, std::ref(log));
    const std::optional<int> value = co_await move_on_after(1500ms, std::move(up));
    EXPECT_EQ(value, 1);
    EXPECT_EQ(g.size(), 1U);
  };
  run_virtual(with_task_group(body));
  EXPECT_EQ(log, (std::vector<std::string>{"up", "down"}));
}

TEST(HardStarts, AnErrorThatIsCaughtLeavesTheGroupAlone) {
  auto fails = [](started<int>) -> task<> {
    co_await sleep(1s);
    throw std::runtime_error("no port is free");
  };
  auto body = [&](task_group& g) -> task<int> {
    auto other = g.spawn(value_after(5s, 5));
    std::string why;
    try {
      co_await g.start<int>(fails);
    } catch (const std::runtime_error& e) {
      why = e.what();
    }
    EXPECT_EQ(why, "no port is free");
    co_return co_await std::move(other);
  };
  EXPECT_EQ(run_virtual(with_task_group(body)), 5);
}

TEST(HardStarts, TheChildSaysSoInAShieldWhileItIsCancelled) {
  auto stubborn = [](started<int> up) -> task<> {
    auto comes_up = [](started<int>& to) -> task<> {
      co_await sleep(2s);
      to.set(9);
    };
    co_await shield(comes_up(up));
    co_await forever();
  };
  auto body = [&](task_group& g) -> task<std::optional<int>> {
    auto up = g.start<int>(stubborn);
    co_return co_await move_on_after(1s, std::move(up));
  };
  EXPECT_EQ(run_virtual(with_task_group(body)), 9) << "what completed although cancelled counts";
}

// ---- cancelled before it began ------------------------------------------------------------------

task<> counts(int& begun) {
  ++begun;
  co_await forever();
}
TEST(HardBeginnings, SpawnedAndCancelledInTheSameTurnItNeverBegins) {
  int begun = 0;
  auto body = [&](task_group& g) -> task<> {
    auto f = g.spawn(counts(begun));
    EXPECT_TRUE(f.cancel());
    EXPECT_TRUE(f.done());
    EXPECT_TRUE(f.was_cancelled());
    EXPECT_FALSE(f.cancel()) << "it is over";
    co_await yield();
  };
  run_virtual(with_task_group(body));
  EXPECT_EQ(begun, 0);
}

TEST(HardBeginnings, AGatherInACancelledScopeThrowsAndLeavesNobody) {
  int begun = 0;
  auto work = [&](cancel_scope& scope) -> task<> {
    scope.cancel();
    co_await gather(counts(begun), counts(begun));
  };
  auto both = [&]() -> task<bool> {
    cancel_scope scope;
    co_return co_await scope.run(work(scope));
  };
  EXPECT_FALSE(run_virtual(both()));
}

// ---- scopes, before, after and again ------------------------------------------------------------

TEST(HardScopesAgain, CancelledAfterItWasLeftItCutsNothingMore) {
  auto work = []() -> task<int> {
    cancel_scope scope;
    const std::optional<int> first = co_await scope.run(value_after(1s, 1));
    EXPECT_FALSE(scope.cancelled());
    scope.cancel();
    const int after = co_await value_after(1s, 2);
    co_return *first + after;
  };
  EXPECT_EQ(run_virtual(work()), 3);
}

TEST(HardScopesAgain, ADeadlineThatIsTakenBackCutsNothing) {
  auto work = []() -> task<std::optional<int>> {
    cancel_scope scope;
    scope.deadline(clock::now() + 1s);
    auto moves = [](cancel_scope& s) -> task<int> {
      co_await sleep(500ms);
      s.deadline(time_point::max());
      co_return co_await value_after(5s, 4);
    };
    co_return co_await scope.run(moves(scope));
  };
  EXPECT_EQ(run_virtual(work()), 4);
}

TEST(HardScopesAgain, ADeadlineMovedIntoThePastCutsTheNextWait) {
  auto work = []() -> task<std::optional<int>> {
    cancel_scope scope;
    auto moves = [](cancel_scope& s) -> task<int> {
      co_await sleep(5s);
      s.deadline(clock::now() - 1s);
      co_return co_await value_after(1s, 4);
    };
    co_return co_await scope.run(moves(scope));
  };
  EXPECT_EQ(run_virtual(work()), std::nullopt);
}

TEST(HardScopesAgain, SwallowedTheRequestStaysUntilTheScopeIsLeft) {
  int cuts = 0;
  auto swallows = [&cuts]() -> task<int> {
    for (int i = 0; i < 3; ++i) {
      bool cut = false;
      try {
        co_await sleep(1h);
      } catch (const cancelled&) {
        cut = true;
      }
      if (cut) ++cuts;
    }
    co_return 1;
  };
  auto work = [&]() -> task<std::optional<int>> {
    auto got = co_await move_on_after(1s, swallows());
    co_await sleep(1s);  // outside nothing is cancelled
    co_return got;
  };
  EXPECT_EQ(run_virtual(work()), 1) << "it completed although cancelled";
  EXPECT_EQ(cuts, 3);
}

TEST(HardScopesAgain, AnOuterRequestPassesAnInnerScopeThatIsNotCancelled) {
  auto work = []() -> task<> {
    cancel_scope outer;
    bool inner_returned = false;
    auto inside = [&]() -> task<> {
      cancel_scope inner;
      co_await inner.run(forever());
      inner_returned = true;
    };
    outer.deadline(clock::now() + 1s);
    const bool ended = co_await outer.run(inside());
    EXPECT_FALSE(ended);
    EXPECT_FALSE(inner_returned);
  };
  run_virtual(work());
}

TEST(HardScopesAgain, OneSharedFutureTwiceInAGather) {
  auto work = []() -> task<int> {
    const shared_future<int> one = spawn(value_after(1s, 2)).share();
    const auto [a, b] = co_await gather(one, one);
    co_return a * 10 + b;
  };
  EXPECT_EQ(run_virtual(work()), 22);
}

}  // namespace
}  // namespace tutti
