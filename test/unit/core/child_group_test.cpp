#include <tutti/core/child_group.hpp>

#include <stdexcept>

#include <gtest/gtest.h>

#include <tutti/core/scope_guard.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/spawned.hpp>

#include "list_scheduler.hpp"

namespace {

using namespace tutti;

task<> child(int& done) {
  co_await yield();
  ++done;
}
task<> failing() {
  co_await yield();
  throw std::runtime_error("child");
}

TEST(ChildGroup, JoinReturnsAfterTheLastChild) {
  detail::list_scheduler where;
  int done = 0;
  auto owner = [](detail::list_scheduler& on, int& count) -> task<int> {
    detail::task_cell& self = co_await detail::this_cell();
    detail::child_group group(self.scope);
    detail::entered_scope inside(self, group, time_point::max());
    for (int i = 0; i < 3; ++i) {
      detail::start_task<void>(on, &group, &group, true, child(count), {},
                               std::source_location::current());
    }
    EXPECT_EQ(group.size(), 3U);
    co_await group.join();
    EXPECT_EQ(group.size(), 0U);
    EXPECT_TRUE(group.take_failures().empty());
    co_return count;
  };
  future<int> f = detail::start_on(where, owner(where, done));
  where.drain();
  EXPECT_EQ(f.get(), 3);
}

TEST(ChildGroup, AFailureIsKeptAndCancelsTheOthers) {
  detail::list_scheduler where;
  auto forever = []() -> task<> { co_await tutti::sleep(duration::max()); };
  auto owner = [](detail::list_scheduler& on, auto sleeper) -> task<int> {
    detail::task_cell& self = co_await detail::this_cell();
    detail::child_group group(self.scope);
    detail::entered_scope inside(self, group, time_point::max());
    const auto here = std::source_location::current();
    detail::start_task<void>(on, &group, &group, true, sleeper(), {}, here);
    detail::start_task<void>(on, &group, &group, true, failing(), {.name = "bad"}, here);
    co_await group.join();
    EXPECT_TRUE(group.is_cancelled());
    EXPECT_TRUE(group.lost_children());
    const auto failures = group.take_failures();
    EXPECT_EQ(failures.size(), 1U);
    EXPECT_EQ(failures.at(0).name, "bad");
    co_return 1;
  };
  future<int> f = detail::start_on(where, owner(where, forever));
  where.drain();
  EXPECT_EQ(f.get(), 1);
}

TEST(ChildGroup, JoiningAnEmptyOneDoesNotSuspend) {
  detail::list_scheduler where;
  auto owner = []() -> task<int> {
    detail::task_cell& self = co_await detail::this_cell();
    detail::child_group group(self.scope);
    detail::entered_scope inside(self, group, time_point::max());
    co_await group.join();
    co_return 1;
  };
  future<int> f = detail::start_on(where, owner());
  where.drain();
  EXPECT_EQ(f.get(), 1);
  EXPECT_EQ(where.scheduled, 1);
}

}  // namespace
