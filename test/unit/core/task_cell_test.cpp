#include <tutti/core/task_cell.hpp>

#include <string>

#include <gtest/gtest.h>

#include <tutti/core/sleep.hpp>
#include <tutti/core/spawned.hpp>
#include <tutti/core/task.hpp>

#include "list_scheduler.hpp"

namespace {

using namespace tutti;

/// A wait that the test ends by hand.
class gate : public detail::native_awaiter {
 public:
  explicit gate(int& aborted) noexcept : aborted_(aborted) {}
  bool await_ready() const noexcept { return false; }
  template <std::derived_from<detail::promise_base> Promise>
  bool await_suspend(std::coroutine_handle<Promise> h) {
    cell = h.promise().cell;
    cell->checkpoint();
    wait_.emplace(*this, *cell);
    if (wake_early) cell->wake();
    return cell->park(*wait_, h);
  }
  void await_resume() { wait_->check(); }
  detail::task_cell* cell = nullptr;
  bool wake_early = false;
  bool removable = true;

 private:
  struct gate_wait : detail::wait {
    gate_wait(gate& g, detail::task_cell& c) noexcept : wait(kind, c), of(g) {}
    gate& of;
    static bool abort(detail::wait& w) noexcept {
      gate& g = static_cast<gate_wait&>(w).of;
      ++g.aborted_;
      return g.removable;
    }
    static constexpr detail::wait_kind kind{"gate", &abort};
  };
  int& aborted_;
  std::optional<gate_wait> wait_;
};

task<std::string> through(gate& g) {
  try {
    co_await g;
  } catch (const cancelled&) {
    co_return "cancelled";
  }
  co_return "passed";
}

class TaskCell : public testing::Test {
 protected:
  int aborted = 0;
  gate g{aborted};
  detail::list_scheduler where;
};

TEST_F(TaskCell, ParksUntilItIsWoken) {
  future<std::string> f = detail::start_on(where, through(g));
  where.drain();
  ASSERT_FALSE(f.done());
  EXPECT_TRUE(g.cell->is_parked());
  EXPECT_STREQ(g.cell->waits_at.load(sys::relaxed)->verb, "gate");
  g.cell->wake();
  EXPECT_FALSE(f.done()) << "a wake only makes it ready";
  where.drain();
  EXPECT_EQ(f.get(), "passed");
}

TEST_F(TaskCell, AWakeBeforeTheParkIsRemembered) {
  g.wake_early = true;
  future<std::string> f = detail::start_on(where, through(g));
  where.drain();
  EXPECT_EQ(f.get(), "passed");
}

TEST_F(TaskCell, CancelAbortsAWaitOnce) {
  future<std::string> f = detail::start_on(where, through(g));
  where.drain();
  f.cancel();
  f.cancel();
  where.drain();
  EXPECT_EQ(aborted, 1);
  EXPECT_EQ(f.get(), "cancelled");
}

TEST_F(TaskCell, CompletionBeatsCancellation) {
  future<std::string> f = detail::start_on(where, through(g));
  where.drain();
  g.cell->wake();
  f.cancel();
  where.drain();
  EXPECT_EQ(aborted, 0) << "it was woken before: nothing to abort";
  EXPECT_EQ(f.get(), "passed");
}

TEST_F(TaskCell, AnAbortThatComesTooLateWaitsForTheWake) {
  g.removable = false;
  future<std::string> f = detail::start_on(where, through(g));
  where.drain();
  f.cancel();
  where.drain();
  EXPECT_EQ(aborted, 1);
  EXPECT_FALSE(f.done()) << "too late: the wake is certain, so it is awaited";
  g.cell->wake();
  where.drain();
  EXPECT_EQ(f.get(), "passed");
}

TEST_F(TaskCell, CancelledBeforeItRanItNeverDoes) {
  future<std::string> f = detail::start_on(where, through(g));
  EXPECT_TRUE(f.cancel());
  where.drain();
  EXPECT_EQ(g.cell, nullptr);
  EXPECT_THROW(f.get(), future_cancelled);
}

}  // namespace
