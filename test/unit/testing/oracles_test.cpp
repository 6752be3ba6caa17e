#include <tutti/testing/oracles.hpp>

#include <gtest/gtest.h>

#include <tutti/sync/mutex.hpp>
#include <tutti/sync/semaphore.hpp>
#include <tutti/testing/explore.hpp>
#include <tutti/testing/shared.hpp>
#include <tutti/thread/thread.hpp>

namespace tutti {
namespace {
namespace lab = tutti::testing;

TEST(oracles, work_that_ends_twice_never_or_unasked_is_told) {
  lab::exactly_once each;
  each.submitted(1);
  EXPECT_THROW(each.settle(), lab::failure);
  each.ended(1);
  each.settle();
  EXPECT_THROW(each.ended(1), lab::failure);
  EXPECT_THROW(each.ended(2), lab::failure);
  EXPECT_THROW(each.submitted(1), lab::failure);
}

TEST(oracles, permits_are_neither_made_nor_lost) {
  lab::permits_conserved two{2};
  two.taken();
  EXPECT_THROW(two.settle(), lab::failure);
  two.taken();
  EXPECT_THROW(two.taken(), lab::failure);
  lab::permits_conserved none{1};
  EXPECT_THROW(none.given(), lab::failure);
}

TEST(oracles, who_came_first_goes_first) {
  lab::first_come_first_served line;
  line.came(1);
  line.came(2);
  line.came(3);
  line.left(1);
  line.served(2);
  line.came(4);
  EXPECT_THROW(line.served(4), lab::failure);
}

TEST(oracles, a_semaphore_conserves_its_permits) {
  lab::explore({.schedules = 1000}, [] {
    semaphore s{2};
    lab::permits_conserved out{2};
    const auto use = [&] {
      s.acquire();
      out.taken();
      lab::check(true);
      out.given();
      s.release();
    };
    {
      thread a{"a", use}, b{"b", use}, c{"c", use};
    }
    out.settle();
  });
}

/// Steps that have nothing else in common are not swapped when an oracle hears of both.
TEST(oracles, dfs_tries_both_orders_of_what_they_hear) {
  const auto in_one_order = [] {
    lab::first_come_first_served line;
    lab::atomic<int> x = 0;
    lab::atomic<int> y = 0;
    {
      thread a{[&] {
        x = 1;
        line.came(1);
      }};
      thread b{[&] {
        y = 1;
        line.came(2);
      }};
    }
    line.served(1);
    line.served(2);
  };
  EXPECT_THROW(
      lab::explore({.strategy = lab::strategy::dfs, .preemption_bound = ~0U}, in_one_order),
      lab::failure);
}

}  // namespace
}  // namespace tutti
