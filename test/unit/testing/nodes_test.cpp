// Worker processes as nodes of a simulation: ordinary code that makes a process_pool in a scenario.
#include <tutti/testing/explore.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <stdexcept>
#include <string>
#include <vector>

#include <tutti/process/process.hpp>
#include <tutti/process/process_pool.hpp>
#include <tutti/testing/fault.hpp>
#include <tutti/testing/run_virtual.hpp>
#include <tutti/testing/shared.hpp>
#include <tutti/tutti.hpp>

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

int square(int x) { return x * x; }
std::string twice(std::string text) { return text + text; }
int refuses(int x) { throw std::out_of_range("no " + std::to_string(x)); }
int sleeps(int ms) {
  event never;
  static_cast<void>(never.try_wait_for(std::chrono::milliseconds(ms)));
  return ms;
}

TEST(nodes, a_pool_in_a_scenario_computes) {
  lab::explore({.schedules = 300}, [] {
    process_pool pool{{.workers = 2}};
    future<int> nine = pool.submit(square, 3);
    future<std::string> text = pool.submit(twice, std::string(300, 'x'));
    lab::check(nine.get() == 9);
    lab::check(text.get() == std::string(600, 'x'));
    lab::check(pool.map(square, std::vector{1, 2, 3, 4}).get() == std::vector{1, 4, 9, 16});
  });
}

TEST(nodes, an_exception_crosses_as_its_own_type) {
  lab::explore({.schedules = 100}, [] {
    process_pool pool{{.workers = 1}};
    std::string text;
    try {
      pool.submit(refuses, 4).get();
    } catch (const std::out_of_range& e) {
      text = e.what();
    }
    lab::check(text == "no 4", text);
  });
}

TEST(nodes, a_late_task_ends_with_its_worker_by_the_virtual_clock) {
  lab::explore({.schedules = 100}, [] {
    process_pool pool{{.workers = 1, .task_timeout = 1h}};
    const time_point start = clock::now();
    future<int> late = pool.submit(sleeps, 100'000'000);
    future<int> next = pool.submit(square, 5);
    bool timed_out = false;
    try {
      late.get();
    } catch (const timeout_error&) {
      timed_out = true;
    }
    lab::check(timed_out);
    lab::check(clock::now() - start >= 1h);
    lab::check(next.get() == 25);
    lab::check(pool.stats().restarts == 1);
  });
}

/// Whatever is killed and when: a result, or worker_crashed; and the pool works on.
TEST(nodes, a_killed_worker_fails_its_one_task_only) {
  std::uint64_t crashes = 0;
  const auto scenario = [&crashes] {
    process_pool pool{{.workers = 2}};
    std::vector<future<int>> all;
    for (int i = 0; i < 4; ++i) all.push_back(pool.submit(square, i));
    {
      const lab::fault killed{"worker.killed", SIGKILL};
      int lost = 0;
      for (int i = 0; i < 4; ++i) {
        try {
          lab::check(all[static_cast<std::size_t>(i)].get() == i * i);
        } catch (const worker_crashed& e) {
          lab::check(e.signal() == SIGKILL);
          ++lost;
        }
      }
      lab::check(lost <= 1);
      crashes += static_cast<std::uint64_t>(lost);
    }
    lab::check(pool.submit(square, 7).get() == 49);
    pool.shutdown();
    lab::check(pool.stats().done == 5 && pool.stats().running == 0 && pool.stats().queued == 0);
  };
  lab::explore({.schedules = 500}, scenario);
  EXPECT_GT(crashes, 0U);
}

/// One worker that is killed again and again: the retries of its one task end it well, or the last
/// of them does not; nothing hangs, and what a dead node had asked for is asked for anew.
TEST(nodes, retries_go_on_until_they_are_used_up) {
  std::uint64_t survived = 0;
  std::uint64_t lost = 0;
  const auto scenario = [&] {
    process_pool pool{{.workers = 1, .retries = 1}};
    future<int> one = pool.submit(square, 6);
    try {
      lab::check(one.get() == 36);
      ++survived;
    } catch (const worker_crashed&) {
      lab::check(pool.stats().restarts >= 2);
      ++lost;
    } catch (const error&) {  // five in a row that were not even ready: the pool gives up
      lab::check(pool.stats().restarts >= 5);
    }
  };
  lab::explore({.schedules = 500, .faults = {{"worker.killed", 0.15, SIGKILL}}}, scenario);
  EXPECT_GT(survived, 0U);
  EXPECT_GT(lost, 0U);
}

/// Each decision of the workers in turn is their last.
TEST(nodes, a_kill_at_any_decision_leaves_one_outcome) {
  const std::uint64_t calls = lab::fail_each("worker.killed", SIGKILL, [] {
    process_pool pool{{.workers = 1, .retries = 1}};
    lab::check(pool.submit(square, 6).get() == 36);
  });
  EXPECT_GT(calls, 3U);
}

TEST(nodes, a_worker_leaves_after_so_many_tasks) {
  lab::explore({.schedules = 100}, [] {
    process_pool pool{{.workers = 1, .max_tasks_per_worker = 2, .warm_spare = true}};
    lab::check(pool.map(square, std::vector{1, 2, 3, 4, 5}, {.chunk = 1}).get().back() == 25);
    pool.shutdown();
    lab::check(pool.stats().restarts >= 1);
  });
}

void never_ready() { throw std::runtime_error("no such library"); }

TEST(nodes, an_initializer_that_throws_fails_every_task) {
  lab::explore({.schedules = 100}, [] {
    process_pool pool{{.workers = 2, .initializer = never_ready}};
    std::string text;
    try {
      pool.submit(square, 1).get();
    } catch (const std::runtime_error& e) {
      text = e.what();
    }
    lab::check(text == "no such library", text);
  });
}

int waits_for_ever() {
  event never;
  never.wait();
  return 0;
}

/// Cancelled before it began, while it ran or after it: the future ends in one way, and a worker
/// that was ended for it is replaced.
TEST(nodes, a_cancelled_task_is_ended_with_its_worker) {
  std::uint64_t cut = 0;
  lab::explore({.schedules = 300}, [&cut] {
    process_pool pool{{.workers = 1}};
    future<int> endless = pool.submit(waits_for_ever);
    future<int> next = pool.submit(square, 3);
    lab::yield_point();
    endless.cancel();
    bool was_cancelled = false;
    try {
      static_cast<void>(endless.get());
    } catch (const future_cancelled&) {
      was_cancelled = true;
    }
    lab::check(was_cancelled);
    lab::check(next.get() == 9);
    cut += pool.stats().restarts;
  });
  EXPECT_GT(cut, 0U);
}

void waits_for_ever_in_a_process() { static_cast<void>(waits_for_ever()); }

std::string name_seen() { return std::string(this_task::name()); }
context_var<std::string> request{"request", "none"};
std::string request_seen() { return request.get(); }

TEST(nodes, context_and_deadline_travel) {
  lab::run_virtual([]() -> task<> {
    process_pool pool{{.workers = 1, .name = "crew"}};
    EXPECT_EQ(co_await pool.submit(name_seen), "crew-0");
    {
      const auto until_the_brace = request.set("r-17");
      EXPECT_EQ(co_await pool.submit(request_seen), "r-17");
    }
    bool late = false;
    try {
      const auto body = [&]() -> task<> { co_await pool.submit(sleeps, 3'600'000); };
      co_await timeout(1s, body());
    } catch (const timeout_error&) {
      late = true;
    }
    EXPECT_TRUE(late);
    EXPECT_EQ(co_await pool.submit(square, 4), 16);
    co_await pool.async_shutdown();
  }());
}

int with_own_threads(int n) {
  int sum = 0;
  thread_pool inner{{.threads = 2}};
  for (const int x : inner.map(square, std::vector<int>(static_cast<std::size_t>(n), 2)).get())
    sum += x;
  return sum;
}

/// A worker's own threads are part of its node: they die with it.
TEST(nodes, a_worker_has_threads_of_its_own) {
  const auto scenario = [] {
    process_pool pool{{.workers = 1, .retries = 100}};
    try {
      lab::check(pool.submit(with_own_threads, 3).get() == 12);
    } catch (const worker_crashed&) {
    } catch (const error&) {
    }
  };
  lab::explore({.schedules = 200}, scenario);
  lab::explore({.schedules = 200, .faults = {{"worker.killed", 0.02, SIGKILL}}}, scenario);
}

void leaves_mark(std::string text) {
  if (text != "right") throw std::runtime_error(text);
}

TEST(nodes, a_process_is_one_as_well) {
  lab::explore({.schedules = 100}, [] {
    process right{"right", leaves_mark, std::string("right")};
    lab::check(right.join().code() == 0);
    process stuck{"stuck", waits_for_ever_in_a_process};
    stuck.kill();
    lab::check(stuck.join().signal() == SIGKILL);
  });
}

/// One seed, one way: also with deaths.
TEST(nodes, what_a_seed_does_is_what_it_does_again) {
  lab::explore({.schedules = 200,
                .faults = {{"worker.killed", 0.05, SIGKILL}},
                .swarm = true,
                .checked_again = 1},
               [] {
                 process_pool pool{{.workers = 2, .retries = 2}};
                 try {
                   static_cast<void>(pool.map(square, std::vector{1, 2, 3}).get());
                 } catch (const worker_crashed&) {
                 } catch (const error&) {
                 }
               });
}

}  // namespace
}  // namespace tutti
