#include <tutti/thread/detail/steal_deque.hpp>

#include <gtest/gtest.h>

#include <array>

#include <tutti/testing/explore.hpp>
#include <tutti/tutti.hpp>

#include "tally.hpp"

namespace lab = tutti::testing;
using tutti::detail::steal_deque;
using tutti::model::tally;

namespace {

/// Every interleaving of the owner's pushes and pops with two thieves, up to two preemptions.
TEST(StealDequeModel, EveryEntryIsTakenOnce) {
  const auto found = lab::explore(
      {.schedules = 2'000'000, .strategy = lab::strategy::dfs, .preemption_bound = 2}, [] {
        steal_deque deque;
        tally mine;
        std::array<steal_deque::entry, 2> stolen{};
        for (steal_deque::entry e : {1U, 2U}) lab::check(deque.push(e));
        tutti::thread first{[&] { stolen[0] = deque.steal(); }};
        tutti::thread second{[&] { stolen[1] = deque.steal(); }};
        mine.add(deque.pop());
        lab::check(deque.push(3));
        mine.add(deque.pop());
        mine.add(deque.pop());
        first.join();
        second.join();
        for (const steal_deque::entry e : stolen) mine.add(e);
        while (const steal_deque::entry e = deque.pop()) mine.add(e);
        mine.check_each_once(3);
      });
  EXPECT_TRUE(found.complete) << found.schedules;
}

TEST(StealDequeModel, TheLastEntryHasOneWinner) {
  const auto found = lab::explore({.schedules = 200'000, .strategy = lab::strategy::dfs}, [] {
    steal_deque deque;
    lab::check(deque.push(1));
    steal_deque::entry stolen = 0;
    tutti::thread thief{[&] { stolen = deque.steal(); }};
    const steal_deque::entry popped = deque.pop();
    thief.join();
    lab::check((popped == 1) != (stolen == 1), "one of the two has it");
    lab::check(deque.looks_empty());
  });
  EXPECT_TRUE(found.complete) << found.schedules;
}

}  // namespace
