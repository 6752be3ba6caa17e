#include <tutti/core/scope_guard.hpp>

#include <chrono>

#include <gtest/gtest.h>

#include <tutti/base/clock.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/testing/run_virtual.hpp>

namespace {

using namespace std::chrono_literals;
using namespace tutti;
using detail::cancel_node;

TEST(EnteredScope, EndsAtItsLimitAndKnowsThatItWasItsOwn) {
  auto f = []() -> task<> {
    detail::task_cell& self = co_await detail::this_cell();
    cancel_node node(cancel_node::kind::scope, self.scope);
    bool own = false;
    const time_point start = clock::now();
    {
      detail::entered_scope inside(self, node, start + 3s);
      EXPECT_EQ(self.scope, &node);
      EXPECT_EQ(self.deadline_near, start + 3s);
      try {
        co_await tutti::sleep(10s);
      } catch (const cancelled& e) {
        own = inside.owns_cancellation();
        EXPECT_EQ(e.reason, cancel_reason::deadline);
      }
    }
    EXPECT_TRUE(own);
    EXPECT_EQ(clock::now() - start, 3s);
    EXPECT_EQ(self.deadline_near, time_point::max());
    co_await tutti::sleep(10s);  // outside again: nothing is cancelled here
    EXPECT_EQ(clock::now() - start, 13s);
  };
  tutti::testing::run_virtual(f());
}

TEST(EnteredScope, AnOuterCancellationIsNotItsOwn) {
  auto f = []() -> task<> {
    detail::task_cell& self = co_await detail::this_cell();
    cancel_node outer(cancel_node::kind::scope, self.scope);
    detail::entered_scope out(self, outer, time_point::max());
    bool own = true;
    {
      cancel_node inner(cancel_node::kind::scope, self.scope);
      detail::entered_scope in(self, inner, clock::now() + 10s);
      outer.cancel(cancel_reason::explicit_request);
      try {
        co_await tutti::sleep(1s);
      } catch (const cancelled&) {
        own = in.owns_cancellation();
      }
    }
    EXPECT_FALSE(own);
    EXPECT_TRUE(out.owns_cancellation());
  };
  tutti::testing::run_virtual(f());
}

TEST(ScopeTimer, AStoppedOneDoesNotFire) {
  auto f = []() -> task<> {
    detail::task_cell& self = co_await detail::this_cell();
    cancel_node node(cancel_node::kind::scope, self.scope);
    {
      detail::scope_timer timer(node, *self.where);
      timer.set(clock::now() + 1s);
      timer.set(clock::now() + 5s);  // moved
      co_await tutti::sleep(2s);
      EXPECT_FALSE(node.is_cancelled());
      timer.stop();
    }
    co_await tutti::sleep(10s);
    EXPECT_FALSE(node.is_cancelled());
  };
  tutti::testing::run_virtual(f());
}

}  // namespace
