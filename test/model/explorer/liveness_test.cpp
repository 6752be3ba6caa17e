// What must happen happens, also under schedules that try to keep it from happening.
#include <gtest/gtest.h>

#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include "budget.hpp"

namespace tutti {
namespace {
namespace lab = tutti::testing;

/// Under every way to choose: at random, by priorities that change, and strictly in turns.
template <class Scenario>
void whatever_is_chosen(Scenario scenario) {
  for (const auto strategy :
       {lab::strategy::random, lab::strategy::pct, lab::strategy::round_robin}) {
    lab::options o = budget();
    o.schedules = strategy == lab::strategy::round_robin ? 1 : o.schedules / 2 + 1;
    o.strategy = strategy;
    lab::explore(o, scenario);
  }
}

task<> forks_until(bool& seen) {
  const auto nothing = []() -> task<> { co_return; };
  while (!seen) {
    lab::yield_point();
    (void)co_await gather(nothing(), nothing());
  }
}

TEST(explorer_liveness, endless_forks_do_not_starve_what_was_submitted) {
  whatever_is_chosen([] {
    thread_pool pool{{.threads = 1}};
    bool seen = false;
    auto forking = pool.submit(forks_until(seen));
    pool.submit([&] { seen = true; }).get();
    forking.get();
  });
}

task<> yields_until(bool& seen) {
  while (!seen) {
    lab::yield_point();
    co_await yield();
  }
}

TEST(explorer_liveness, tasks_that_yield_let_all_others_in) {
  whatever_is_chosen([] {
    thread_pool pool{{.threads = 2}};
    bool seen = false;
    auto one = pool.submit(yields_until(seen));
    auto two = pool.submit(yields_until(seen));
    auto three = pool.submit(yields_until(seen));
    pool.submit([&] { seen = true; }).get();
    one.get();
    two.get();
    three.get();
  });
}

TEST(explorer_liveness, a_fork_is_taken_though_its_branch_never_forks_again) {
  whatever_is_chosen([] {
    thread_pool pool{{.threads = 2}};
    bool taken = false;
    pool.submit([&] {
          parallel_invoke(
              pool,
              [&] {
                while (!taken) lab::yield_point();
              },
              [&] { taken = true; });
        })
        .get();
  });
}

TEST(explorer_liveness, a_blocked_worker_does_not_stop_the_others) {
  whatever_is_chosen([] {
    thread_pool pool{{.threads = 2}};
    event go;
    auto blocked = pool.submit([&] { go.wait(); });
    int done = 0;
    for (int i = 0; i < 3; ++i) pool.submit([&] { ++done; }).get();
    lab::check(done == 3);
    go.set();
    blocked.get();
  });
}

TEST(explorer_liveness, who_waits_for_a_lock_gets_it_though_others_never_rest) {
  whatever_is_chosen([] {
    mutex m;
    bool had = false;
    thread patient{"patient", [&] {
                     const lock_guard hold{m};
                     had = true;
                   }};
    const auto greedy = [&] {
      for (bool over = false; !over;) {
        lab::yield_point();  // whom it keeps from the lock shall not be kept from running, too
        const lock_guard hold{m};
        over = had;
      }
    };
    thread one{"one", greedy};
    thread two{"two", greedy};
  });
}

}  // namespace
}  // namespace tutti
