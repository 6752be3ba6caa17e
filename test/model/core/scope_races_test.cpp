// Scopes: cancelling from outside against ending by itself, failing children, work on pools.
#include <tutti/core/task_group.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include <tutti/core/gather.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/testing/explore.hpp>
#include <tutti/testing/shared.hpp>
#include <tutti/thread/thread.hpp>
#include <tutti/thread/thread_pool.hpp>

#include "../explorer/budget.hpp"

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

task<> forever() { co_await sleep(duration::max()); }
task<int> one() { co_return 1; }
task<int> soon(int value) {
  co_await sleep(1ms);
  co_return value;
}
task<int> fails() {
  co_await yield();
  throw std::out_of_range("beyond");
}

TEST(scope_races, a_scope_cancelled_from_a_thread) {
  lab::explore(budget(), [] {
    cancel_scope scope;
    thread canceller{"canceller", [&] { scope.cancel(); }};
    const auto main = [&]() -> task<bool> { co_return co_await scope.run(forever()); };
    lab::check(!run(main()));
  });
}

TEST(scope_races, two_cancel_what_ends_by_itself) {
  lab::explore(budget(), [] {
    cancel_scope scope;
    thread a{"a", [&] { scope.cancel(); }};
    thread b{"b", [&] { scope.cancel(); }};
    const auto main = [&]() -> task<std::optional<int>> { co_return co_await scope.run(soon(3)); };
    const std::optional<int> got = run(main());
    lab::check(!got || *got == 3);
  });
}

TEST(scope_races, a_group_cancelled_from_a_thread) {
  lab::explore(budget(), [] {
    std::optional<thread> canceller;
    const auto body = [&](task_group& g) -> task<> {
      g.spawn(forever());
      g.spawn(forever());
      canceller.emplace("canceller", [&g] { g.cancel(); });
      co_await sleep(duration::max());
    };
    run(with_task_group(body));
  });
}

TEST(scope_races, a_failing_child_on_a_pool_cancels_the_others) {
  lab::explore(budget(), [] {
    thread_pool pool{{.threads = 2}};
    const auto main = [&]() -> task<> {
      try {
        (void)co_await on(pool, gather(fails(), forever(), one()));
        lab::check(false);
      } catch (const std::out_of_range&) {
      }
    };
    run(main());
  });
}

TEST(scope_races, forks_on_a_pool_join) {
  lab::explore(budget(), [] {
    thread_pool pool{{.threads = 2}};
    const auto main = [&]() -> task<int> {
      auto [a, b] = co_await on(pool, gather(one(), one()));
      co_return a + b;
    };
    lab::check(run(main()) == 2);
  });
}

TEST(scope_races, a_time_limit_on_a_pool) {
  lab::explore(budget(), [] {
    thread_pool pool{{.threads = 2}};
    const auto main = [&]() -> task<std::optional<int>> {
      co_return co_await move_on_after(1ms, on(pool, soon(5)));
    };
    const std::optional<int> got = run(main());
    lab::check(!got || *got == 5);
  });
}

TEST(scope_races, submitted_work_cancelled_while_it_starts) {
  lab::explore(budget(), [] {
    thread_pool pool{{.threads = 1}};
    lab::atomic<int> ran = 0;
    future<int> f = pool.submit([&] { return ran.fetch_add(1) + 1; });
    const bool was_cancelled = f.cancel();
    try {
      lab::check(f.get() == 1 && ran == 1);
      lab::check(!was_cancelled);
    } catch (const future_cancelled&) {
      lab::check(was_cancelled && ran == 0);
    }
  });
}

TEST(scope_races, submitted_coroutine_cancelled_while_it_starts) {
  lab::explore(budget(), [] {
    thread_pool pool{{.threads = 1}};
    future<void> f = pool.submit(forever);
    f.cancel();
    try {
      f.get();
      lab::check(false);
    } catch (const future_cancelled&) {
    }
  });
}

TEST(scope_races, submit_against_shutdown) {
  lab::explore(budget(), [] {
    thread_pool pool{{.threads = 1}};
    thread submitter{"submitter", [&] {
                       try {
                         lab::check(pool.submit([] { return 4; }).get() == 4);
                       } catch (const closed&) {
                       }
                     }};
    pool.shutdown();
  });
}

TEST(scope_races, spawned_and_dropped_at_the_end_of_a_run) {
  lab::explore(budget(), [] {
    const auto main = []() -> task<> {
      (void)spawn(forever());
      (void)spawn(one());
      auto kept = spawn(forever());
      kept.cancel();
      co_await yield();
    };
    run(main(), {.loops = 2});
  });
}

TEST(scope_races, a_thread_asked_to_stop_while_it_starts) {
  lab::explore(budget(), [] {
    promise<int> never;
    future<int> f = never.get_future();
    thread waits{"waits", [&](std::stop_token stop) {
                   while (!stop.stop_requested() && !f.try_wait_for(1ms)) {
                   }
                 }};
  });
}

}  // namespace
}  // namespace tutti
