#include <tutti/core/scheduler.hpp>

#include <gtest/gtest.h>

#include <tutti/core/sleep.hpp>
#include <tutti/core/spawned.hpp>

#include "list_scheduler.hpp"

namespace {

using namespace tutti;

task<int> steps(int& trace, int mark) {
  trace = trace * 10 + mark;
  co_await yield();
  trace = trace * 10 + mark;
  co_return mark;
}

TEST(Scheduler, AListAndALoopAreEnough) {
  detail::list_scheduler where;
  int trace = 0;
  future<int> one = detail::start_on(where, steps(trace, 1));
  future<int> two = detail::start_on(where, steps(trace, 2));
  EXPECT_EQ(trace, 0) << "schedule() runs nothing itself";
  where.drain();
  EXPECT_EQ(trace, 1212);
  EXPECT_EQ(one.get() + two.get(), 3);
  EXPECT_EQ(where.scheduled, 4) << "two starts, two yields";
}

TEST(Scheduler, AnAbortIsDeliveredHereUnlessItSaysOtherwise) {
  detail::list_scheduler where;
  future<int> f = detail::start_on(where, []() -> task<int> {
    co_await tutti::sleep(duration::max());
    co_return 1;
  }());
  where.drain();
  EXPECT_FALSE(f.done());
  EXPECT_TRUE(f.cancel());
  where.drain();
  EXPECT_THROW(f.get(), future_cancelled);
}

TEST(Scheduler, OffersNothingItDoesNotHave) {
  detail::list_scheduler where;
  EXPECT_EQ(where.root(), nullptr);
  EXPECT_EQ(where.io(), nullptr);
  EXPECT_FALSE(where.run_one());
}

}  // namespace
