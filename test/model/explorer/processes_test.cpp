// A pool of processes as nodes of a simulation: however its workers die, every task ends once.
#include <gtest/gtest.h>

#include <csignal>
#include <vector>

#include <tutti/process/process_pool.hpp>
#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include "budget.hpp"

namespace tutti {
namespace {
namespace lab = tutti::testing;

/// The pool's schedules are shared out among the four.
lab::options a_quarter() {
  lab::options o = budget();
  o.schedules = o.schedules / 4 + 1;
  return o;
}

int square(int x) { return x * x; }
int waits_for_ever() {
  event never;
  never.wait();
  return 0;
}

TEST(explorer_processes, each_task_of_two_threads_is_answered_once) {
  lab::explore(a_quarter(), [] {
    process_pool pool{{.workers = 2}};
    thread other{"other", [&] { lab::check(pool.submit(square, 3).get() == 9); }};
    lab::check(pool.submit(square, 4).get() == 16);
    other.join();
    pool.shutdown();
    lab::check(pool.stats().done == 2 && pool.stats().running == 0);
  });
}

/// A worker dies at any of its decisions: its task is lost or done again, no other one is.
TEST(explorer_processes, a_death_costs_one_task_at_most) {
  int crashes = 0;
  lab::explore(a_quarter(), [&crashes] {
    process_pool pool{{.workers = 2}};
    std::vector<future<int>> all;
    for (int i = 0; i < 3; ++i) all.push_back(pool.submit(square, i));
    const lab::fault killed{"worker.killed", SIGKILL};
    int lost = 0;
    for (int i = 0; i < 3; ++i) {
      try {
        lab::check(all[static_cast<std::size_t>(i)].get() == i * i);
      } catch (const worker_crashed&) {
        ++lost;
      }
    }
    lab::check(lost <= 1);
    crashes += lost;
    pool.shutdown();
    lab::check(pool.stats().done == 3 && pool.stats().running == 0 && pool.stats().queued == 0);
  });
  EXPECT_GT(crashes, 0);
}

/// Deaths in any number: retried, failed, or the pool gave up; never silent, never twice.
TEST(explorer_processes, a_storm_leaves_one_outcome_each) {
  lab::options o = a_quarter();
  o.faults = {{"worker.killed", 0.05, SIGKILL}, {"process.fork", 0.02, EAGAIN}};
  o.swarm = true;
  lab::explore(o, [] {
    try {
      process_pool pool{{.workers = 2, .max_tasks_per_worker = 2, .retries = 1}};
      future<int> one = pool.submit(square, 5);
      future<int> two = pool.submit(square, 6);
      for (future<int>* const f : {&one, &two}) {
        try {
          const int got = f->get();
          lab::check(got == 25 || got == 36);
        } catch (const worker_crashed&) {
        } catch (const error&) {  // the workers died in a row
        } catch (const std::system_error&) {
        }
      }
    } catch (const std::system_error&) {  // the pool could not be made
    }
  });
}

TEST(explorer_processes, cancelled_closed_and_done_meet) {
  lab::explore(a_quarter(), [] {
    process_pool pool{{.workers = 1}};
    future<int> stuck = pool.submit(waits_for_ever);
    future<int> next = pool.submit(square, 3);
    thread canceller{"canceller", [&] { stuck.cancel(); }};
    pool.shutdown({.cancel_pending = true});
    canceller.join();
    int cancelled = 0;
    try {
      static_cast<void>(stuck.get());
    } catch (const future_cancelled&) {
      ++cancelled;
    }
    lab::check(cancelled == 1);
    try {
      lab::check(next.get() == 9);
    } catch (const future_cancelled&) {
    }
  });
}

}  // namespace
}  // namespace tutti
