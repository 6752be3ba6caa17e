#include <tutti/core/timeout.hpp>

#include <memory>
#include <stdexcept>
#include <stop_token>
#include <vector>

#include <tutti/core/gather.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>
#include <tutti/core/this_task.hpp>
#include <tutti/runtime/run.hpp>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using namespace tutti;

task<> forever() { co_await tutti::sleep(duration::max()); }
task<int> value(int x) { co_return x; }
task<int> late_value(int x) {  // completes although cancelled
  try {
    co_await tutti::sleep(duration::max());
  } catch (const cancelled&) {
  }
  co_return x;
}

TEST(Timeout, GivesTheValueOrThrows) {
  auto f = []() -> task<> {
    EXPECT_EQ(co_await timeout(1h, value(3)), 3);
    bool timed_out = false;
    try {
      co_await timeout(0s, forever());
    } catch (const timeout_error&) {
      timed_out = true;
    }
    EXPECT_TRUE(timed_out);
    EXPECT_FALSE(this_task::cancel_requested()) << "the scope was left";
    co_await yield();
  };
  run(f());
}

TEST(Timeout, WorkThatCompletesAllTheSameGivesItsValue) {
  auto f = []() -> task<> {
    EXPECT_EQ(co_await timeout(0s, late_value(4)), 4);
    const std::optional<int> got = co_await move_on_after(0s, late_value(5));
    EXPECT_EQ(got, 5);
    EXPECT_EQ(co_await move_on_after(0s, value(6)), 6) << "no wait inside: the limit never showed";
  };
  run(f());
}

TEST(Timeout, ErrorsOfTheWorkPassAsTheyAre) {
  auto fails = []() -> task<> {
    throw std::out_of_range("mine");
    co_return;
  };
  auto f = [](auto make) -> task<> {
    bool caught = false;
    try {
      co_await timeout(1h, make());
    } catch (const std::out_of_range&) {
      caught = true;
    }
    EXPECT_TRUE(caught);
  };
  run(f(fails));
}

TEST(Timeout, OnlyTheScopeThatRanOutConverts) {
  auto f = []() -> task<> {
    // The outer limit passes: the inner time-out must not claim it.
    bool outer = false;
    try {
      auto inner = []() -> task<> {
        try {
          co_await timeout(1h, forever());
        } catch (const timeout_error&) {
          ADD_FAILURE() << "the inner scope converted the outer's cancellation";
        }
      };
      co_await timeout(0s, inner());
    } catch (const timeout_error&) {
      outer = true;
    }
    EXPECT_TRUE(outer);
  };
  run(f());
}

TEST(CancelScope, EveryWaitInsideThrowsUntilItIsLeft) {
  auto work = [](cancel_scope& scope, int& thrown) -> task<> {
    scope.cancel();
    for (int i = 0; i < 3; ++i) {
      try {
        co_await yield();
      } catch (const cancelled& c) {
        EXPECT_EQ(c.reason, cancel_reason::explicit_request);
        ++thrown;
      }
    }
    try {
      co_await tutti::sleep(0s);
    } catch (const cancelled&) {
      ++thrown;
    }
    co_await tutti::sleep(1h);
  };
  auto f = [](auto body) -> task<> {
    cancel_scope scope;
    int thrown = 0;
    EXPECT_FALSE(co_await scope.run(body(scope, thrown)));
    EXPECT_EQ(thrown, 4);
    EXPECT_TRUE(scope.cancelled());
    co_await yield();  // outside: no longer cancelled
  };
  run(f(work));
}

TEST(CancelScope, CancelledBeforeItRunsEndsAtTheFirstWait) {
  auto f = []() -> task<> {
    cancel_scope scope;
    scope.cancel();
    EXPECT_FALSE(co_await scope.run(forever()));
    cancel_scope other;
    other.cancel();
    EXPECT_EQ(co_await other.run(value(1)), 1) << "work without a wait completes";
  };
  run(f());
}

TEST(CancelScope, AMovedDeadlineCounts) {
  auto f = []() -> task<> {
    cancel_scope scope;
    scope.deadline(clock::now() + 1h);
    auto body = [](cancel_scope& s) -> task<> {
      EXPECT_TRUE(this_task::deadline().has_value());
      s.deadline(clock::now());
      co_await forever();
    };
    EXPECT_FALSE(co_await scope.run(body(scope)));
    EXPECT_FALSE(this_task::deadline().has_value());
  };
  run(f());
}

TEST(CancelScope, RefusesTwoRunsAtOnce) {
  auto f = []() -> task<> {
    cancel_scope scope;
    auto body = [](cancel_scope& s) -> task<> {
      bool refused = false;
      try {
        co_await s.run(value(1));
      } catch (const error&) {
        refused = true;
      }
      EXPECT_TRUE(refused);
    };
    EXPECT_TRUE(co_await scope.run(body(scope)));
  };
  run(f());
}

TEST(Shield, OuterCancellationWaitsUntilTheWorkIsDone) {
  auto f = []() -> task<> {
    int reached = 0;
    auto careful = [](int& at) -> task<int> {
      co_await yield();
      co_await yield();
      at = 1;
      co_return 8;
    };
    auto body = [](auto make, int& at) -> task<int> {
      const int x = co_await shield(make(at));
      EXPECT_EQ(x, 8) << "the value of shielded work is given";
      at = 2;
      co_await yield();  // and the next wait throws
      at = 3;
      co_return x;
    };
    cancel_scope scope;
    scope.cancel();
    const std::optional<int> got = co_await scope.run(body(careful, reached));
    EXPECT_FALSE(got.has_value());
    EXPECT_EQ(reached, 2);
  };
  run(f());
}

TEST(Shield, ALimitInsideStillWorks) {
  auto f = []() -> task<> {
    cancel_scope scope;
    scope.cancel();
    auto body = []() -> task<> {
      bool timed_out = false;
      try {
        co_await shield(timeout(0s, forever()));
      } catch (const timeout_error&) {
        timed_out = true;
      }
      EXPECT_TRUE(timed_out);
    };
    co_await scope.run(body());
  };
  run(f());
}

TEST(Deadline, EveryCheckpointLooksAtTheClock) {
  // The loop never gets to its timers here, because the task never really waits.
  auto busy = []() -> task<> {
    const time_point end = clock::now() + 10s;
    while (clock::now() < end) this_task::check();
    co_return;
  };
  auto f = [](auto make) -> task<> {
    bool timed_out = false;
    try {
      co_await timeout(1ms, make());
    } catch (const timeout_error&) {
      timed_out = true;
    }
    EXPECT_TRUE(timed_out);
  };
  run(f(busy));
}

TEST(StopToken, FollowsTheScope) {
  auto f = []() -> task<> {
    std::stop_token token;
    bool called = false;
    {
      cancel_scope scope;
      auto body = [](std::stop_token& out, cancel_scope& s, bool& flag) -> task<> {
        out = this_task::stop_token();
        const std::stop_callback on_stop(out, [&flag] { flag = true; });
        EXPECT_FALSE(out.stop_requested());
        s.cancel();
        EXPECT_TRUE(flag);
        co_return;
      };
      co_await scope.run(body(token, scope, called));
    }
    EXPECT_TRUE(token.stop_requested());
    EXPECT_TRUE(called);
  };
  run(f());
}

// Symptom: a callback that cancel() runs asked the scope about itself, and both waited for ever.
task<> is_asked_by_its_own_callbacks() {
  cancel_scope scope;
  bool seen_by_promise = false;
  bool seen_by_token = false;
  promise<int> open;
  open.on_cancel([&] { seen_by_promise = scope.cancelled(); });
  const auto awaits = [&](future<int> result) -> task<> {
    const std::stop_callback stopped(this_task::stop_token(),
                                     [&] { seen_by_token = scope.cancelled(); });
    co_await std::move(result);
  };
  const auto cancels = [&]() -> task<> {
    scope.cancel();
    const promise<int> given_up = std::move(open);
    co_return;
  };
  auto canceller = spawn(cancels);
  const bool ended = co_await scope.run(awaits(open.get_future()));
  EXPECT_FALSE(ended);
  EXPECT_TRUE(seen_by_promise);
  EXPECT_TRUE(seen_by_token);
}
TEST(CancelScope, MayBeAskedByTheCallbacksItRuns) { run(is_asked_by_its_own_callbacks()); }

}  // namespace
