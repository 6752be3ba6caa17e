#include <tutti/runtime/to_thread.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <stop_token>
#include <string>
#include <system_error>
#include <vector>

#include <tutti/core/gather.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/runtime/event_loop.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/sync/capacity_limiter.hpp>
#include <tutti/sync/semaphore.hpp>
#include <tutti/sys/parker.hpp>
#include <tutti/sys/thread.hpp>
#include <tutti/testing/fault.hpp>
#include <tutti/thread/thread_pool.hpp>

using namespace std::chrono_literals;

namespace {

int add(int a, int b) { return a + b; }

tutti::task<int> main_task() {
  int sum = co_await tutti::to_thread(add, 1, 2);
  try {
    co_await tutti::to_thread([] { throw std::out_of_range("no"); });
    ADD_FAILURE();
  } catch (const std::out_of_range&) {
  }
  co_return sum;
}

TEST(ToThread, GivesValuesAndErrors) { EXPECT_EQ(tutti::run(main_task()), 3); }

TEST(ToThread, WorksOnEveryExecutor) {
  tutti::event_loop loop;
  EXPECT_EQ(loop.submit(main_task()).get(), 3);
  tutti::thread_pool pool{{.threads = 1}};
  EXPECT_EQ(pool.submit(main_task()).get(), 3);
}

TEST(ToThread, TwoCallsMayWaitForEachOther) {
  auto main = []() -> tutti::task<> {
    tutti::promise<void> first;
    tutti::promise<void> second;
    auto first_came = first.get_future().share();
    auto second_came = second.get_future().share();
    auto a = [&] {
      first.set_value();
      second_came.wait();
    };
    auto b = [&] {
      first_came.wait();
      second.set_value();
    };
    co_await tutti::gather(tutti::to_thread(a), tutti::to_thread(b));
  };
  tutti::run(main());
}

// Both are cut when the call has begun: one that has not never does.
TEST(ToThread, ACancelledWaitLeavesTheCallToItself) {
  tutti::sys::parker closed;
  bool ended = false;
  tutti::promise<void> has_begun;
  auto main = [](tutti::sys::parker& gate, bool& done, auto& begun) -> tutti::task<> {
    tutti::cancel_scope scope;
    auto call = [&gate, &done, &begun] {
      begun.set_value();
      gate.park();
      done = true;
    };
    auto waiting = tutti::spawn(scope.run(tutti::to_thread(call)));
    co_await begun.get_future();
    scope.cancel();
    const bool completed = co_await std::move(waiting);
    EXPECT_FALSE(completed || done);
    gate.unpark();
  };
  tutti::run(main(closed, ended, has_begun));  // waits for the call
  EXPECT_TRUE(ended);
}

TEST(ToThread, ACallThatListensIsAskedToStop) {
  auto main = []() -> tutti::task<> {
    tutti::promise<void> begun;
    tutti::cancel_scope scope;
    auto call = [&begun](std::stop_token stop) {
      begun.set_value();
      while (!stop.stop_requested()) {
      }
      return 5;
    };
    auto waiting = tutti::spawn(scope.run(tutti::to_thread(call)));
    co_await begun.get_future();
    scope.cancel();
    const auto got = co_await std::move(waiting);
    EXPECT_EQ(got, 5);  // it completed although it was cancelled
  };
  tutti::run(main());
}

TEST(ToThread, ALimiterIsHeldUntilTheCallHasReallyEnded) {
  tutti::capacity_limiter limiter{1};
  tutti::sys::parker closed;
  auto main = [](tutti::capacity_limiter& l, tutti::sys::parker& gate) -> tutti::task<> {
    tutti::promise<void> begun;
    auto has_begun = begun.get_future();
    auto call = [&gate, &begun] {
      begun.set_value();
      gate.park();
    };
    auto waits = tutti::spawn(tutti::to_thread(l, call));
    co_await std::move(has_begun);
    EXPECT_TRUE(waits.cancel());
    try {
      co_await std::move(waits);
      ADD_FAILURE();
    } catch (const tutti::future_cancelled&) {
    }
    EXPECT_EQ(l.borrowed(), 1U);  // it goes on by itself
    gate.unpark();
    EXPECT_EQ(co_await tutti::to_thread(l, add, 1, 2), 3);  // after it
    try {
      co_await tutti::to_thread(l, [] { throw std::out_of_range("no"); });
      ADD_FAILURE();
    } catch (const std::out_of_range&) {
    }
  };
  tutti::run(main(limiter, closed));
  EXPECT_EQ(limiter.borrowed(), 0U);
}

TEST(ToThread, AnyLimiterLetsOnlySoManyIn) {
  tutti::semaphore two{2};
  auto main = [](tutti::semaphore& s) -> tutti::task<> {
    std::atomic<int> inside = 0;
    std::atomic<int> most = 0;
    auto call = [&inside, &most](std::stop_token) {
      const int now = ++inside;
      int seen = most;
      while (seen < now && !most.compare_exchange_weak(seen, now)) {
      }
      --inside;
    };
    std::vector<tutti::task<>> calls;
    for (int i = 0; i < 20; ++i) calls.push_back(tutti::to_thread(s, call));
    co_await tutti::gather(std::move(calls));
    EXPECT_LE(most, 2);
  };
  tutti::run(main(two));
  EXPECT_EQ(two.statistics().available, 2U);
}

// Symptom: a call for which no thread could be started left the pool in the belief that it had one.
tutti::task<> meets_a_failed_start() {
  const tutti::testing::fault none{"thread.start", EAGAIN};
  bool refused = false;
  try {
    co_await tutti::to_thread([] {});
  } catch (const std::system_error&) {
    refused = true;
  }
  EXPECT_TRUE(refused);
  const int got = co_await tutti::to_thread([] { return 1; });
  EXPECT_EQ(got, 1);
}
TEST(ToThread, AThreadThatDoesNotStartIsNotCountedOn) { tutti::run(meets_a_failed_start()); }

}  // namespace
