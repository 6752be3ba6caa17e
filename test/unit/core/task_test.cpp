#include <tutti/core/task.hpp>

#include <memory>
#include <stdexcept>
#include <string>

#include <tutti/core/sleep.hpp>
#include <tutti/core/this_task.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/sys/thread.hpp>

#include <gtest/gtest.h>

namespace {

using tutti::run;
using tutti::task;

task<int> one() { co_return 1; }
task<std::unique_ptr<int>> owned() { co_return std::make_unique<int>(5); }
task<> nothing() { co_return; }

TEST(Task, IsLazyAndGivesItsValue) {
  bool started = false;
  auto f = [](bool& flag) -> task<int> {
    flag = true;
    co_return 7;
  };
  task<int> t = f(started);
  EXPECT_FALSE(started);
  EXPECT_EQ(run(std::move(t)), 7);
  EXPECT_TRUE(started);
  EXPECT_EQ(*run(owned()), 5);
  run(nothing());
}

TEST(Task, ADroppedOneDestroysItsArgumentsOnly) {
  auto held = std::make_shared<int>(1);
  {
    auto f = [](std::shared_ptr<int>) -> task<> { co_return; };
    auto t = f(held);
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
}

task<> throws_deep(int depth) {
  if (depth == 0) throw std::out_of_range("five awaits deep");
  co_await throws_deep(depth - 1);
}

TEST(Task, AnExceptionArrivesWithItsOwnType) {
  auto outer = []() -> task<std::string> {
    try {
      co_await throws_deep(5);
    } catch (const std::out_of_range& e) {
      co_return e.what();
    }
    co_return "nothing thrown";
  };
  EXPECT_EQ(run(outer()), "five awaits deep");
  EXPECT_THROW(run(throws_deep(1)), std::out_of_range);
}

TEST(Task, ANonStdExceptionPassesToo) {
  auto f = []() -> task<> {
    throw 42;
    co_return;
  };
  EXPECT_THROW(run(f()), int);
}

TEST(Task, AwaitingTwiceSaysSo) {
  auto f = []() -> task<> {
    task<int> t = one();
    co_await std::move(t);
    co_await std::move(t);  // NOLINT: the mistake under test
  };
  EXPECT_DEATH(run(f()), "awaited twice");
}

task<long> sum_of_immediate(long n) {
  long total = 0;
  for (long i = 0; i < n; ++i) total += co_await one();
  co_return total;
}
task<long> chain(long depth) {
  if (depth == 0) co_return 0;
  co_return 1 + co_await chain(depth - 1);
}

/// Symmetric transfer must not grow the stack: everything runs on a thread with 1 MiB.
TEST(Task, DepthIsNotLimitedByTheStack) {
  struct on_small_stack {
    static void* body(void*) {
      EXPECT_EQ(run(sum_of_immediate(10'000'000)), 10'000'000);
      EXPECT_EQ(run(chain(1'000'000)), 1'000'000);
      return nullptr;
    }
  };
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 1U << 20U);
  pthread_t thread{};
  ASSERT_EQ(pthread_create(&thread, &attributes, &on_small_stack::body, nullptr), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

// An awaitable that tutti does not know: resumed from a thread of its own.
class foreign_from_thread {
 public:
  explicit foreign_from_thread(unsigned long& resumed_on) : resumed_on_(resumed_on) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    worker_ = tutti::sys::thread("foreign", [this, h] {
      resumed_on_ = tutti::sys::this_thread_number();
      h.resume();
    });
  }
  int await_resume() { return 9; }

 private:
  unsigned long& resumed_on_;
  tutti::sys::thread worker_;
};

TEST(Task, StaysOnItsLoopWhateverAForeignAwaitableDoes) {
  auto f = []() -> task<int> {
    const unsigned long mine = tutti::sys::this_thread_number();
    unsigned long other = mine;
    const int x = co_await foreign_from_thread(other);
    EXPECT_NE(other, mine);
    EXPECT_EQ(tutti::sys::this_thread_number(), mine);
    co_return x;
  };
  EXPECT_EQ(run(f()), 9);
}

struct throwing_foreign {
  throwing_foreign() {}
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<>) const noexcept { return false; }
  int await_resume() const { throw std::runtime_error("foreign"); }
};

TEST(Task, AForeignErrorArrives) {
  auto f = []() -> task<> { co_await throwing_foreign(); };
  EXPECT_THROW(run(f()), std::runtime_error);
}

}  // namespace
