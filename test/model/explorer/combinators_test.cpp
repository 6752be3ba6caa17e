// gather, race, timeout, task groups and shields, with threads that complete and cancel what they
// wait for at every moment.
#include <gtest/gtest.h>

#include <chrono>
#include <utility>
#include <variant>

#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include "budget.hpp"

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

task<int> after(event& e, int value) {
  co_await e.async_wait();
  co_return value;
}

TEST(explorer_combinators, gather_gives_all_values_in_order) {
  lab::explore(budget(), [] {
    event first, second;
    thread a{"a", [&] { first.set(); }};
    thread b{"b", [&] { second.set(); }};
    const auto main = [&]() -> task<int> {
      auto [x, y] = co_await gather(after(first, 1), after(second, 2));
      co_return 10 * x + y;
    };
    lab::check(run(main()) == 12);
  });
}

TEST(explorer_combinators, race_has_one_winner_and_leaves_nobody) {
  lab::explore(budget(), [] {
    event first, second;
    thread a{"a", [&] { first.set(); }};
    thread b{"b", [&] { second.set(); }};
    const auto main = [&]() -> task<void> {
      lab::leak_check nobody_stays;
      const std::variant<int, int> won = co_await race(after(first, 1), after(second, 2));
      lab::check(won.index() == 0 ? std::get<0>(won) == 1 : std::get<1>(won) == 2);
    };
    run(main());
  });
}

TEST(explorer_combinators, a_time_limit_gives_the_value_or_says_that_it_ran_out) {
  lab::options how = budget();
  how.timer_jitter = 10ms;
  lab::explore(std::move(how), [] {
    event e;
    thread a{"a", [&] {
               event never;
               never.try_wait_for(5ms);
               e.set();
             }};
    const auto main = [&]() -> task<int> {
      int out = 0;
      try {
        out = co_await timeout(5ms, after(e, 7));
      } catch (const timeout_error&) {
        out = -1;
      }
      co_return out;
    };
    const int out = run(main());
    lab::check(out == 7 || out == -1);
  });
}

TEST(explorer_combinators, every_child_of_a_cancelled_group_ends_once) {
  lab::explore(budget(), [] {
    lab::exactly_once each;
    event go;
    cancel_scope scope;
    thread canceller{"canceller", [&] { scope.cancel(); }};
    thread starter{"starter", [&] { go.set(); }};
    const auto child = [&](std::uint64_t id) -> task<void> {
      each.submitted(id);
      try {
        co_await go.async_wait();
      } catch (const cancelled&) {
        each.ended(id);
        throw;
      }
      each.ended(id);
    };
    const auto body = [&](task_group& g) -> task<void> {
      g.spawn(child(1));
      g.spawn(child(2));
      co_return;
    };
    const auto main = [&]() -> task<void> { co_await scope.run(with_task_group(body)); };
    run(main());
    each.settle();
  });
}

TEST(explorer_combinators, a_shielded_part_is_never_cut) {
  lab::explore(budget(), [] {
    bool began = false, ended = false;
    event go;
    cancel_scope scope;
    thread canceller{"canceller", [&] { scope.cancel(); }};
    thread starter{"starter", [&] { go.set(); }};
    const auto careful = [&]() -> task<void> {
      began = true;
      co_await go.async_wait();
      ended = true;
    };
    const auto shielded = [&]() -> task<void> { co_await shield(careful()); };
    const auto main = [&]() -> task<void> { co_await scope.run(shielded()); };
    run(main());
    lab::check(began == ended);
  });
}

}  // namespace
}  // namespace tutti
