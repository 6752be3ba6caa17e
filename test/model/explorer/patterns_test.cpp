// The usual shapes of concurrent programs and the parallel algorithms: nothing is lost or done
// twice, whatever the schedule.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string_view>
#include <vector>

#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include "budget.hpp"

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

task<int> twice(int x) {
  co_await yield();
  co_return 2 * x;
}

TEST(explorer_patterns, a_worker_pool_answers_each_job_once) {
  lab::explore(budget(), [] {
    thread_pool pool{{.threads = 2}};
    lab::exactly_once each;
    worker_pool<int, int> workers{pool,
                                  2,
                                  [&each](int x) {
                                    each.ended(static_cast<std::uint64_t>(x));
                                    return 2 * x;
                                  },
                                  {.queue = 1}};
    for (const int x : {1, 2, 3}) each.submitted(static_cast<std::uint64_t>(x));
    auto a = workers.submit(1);
    auto b = workers.submit(2);
    auto c = workers.submit(3);
    lab::check(a.get() + b.get() + c.get() == 12);
    workers.drain();
    each.settle();
  });
}

TEST(explorer_patterns, a_pipeline_keeps_all_items_in_order) {
  lab::explore(budget(), [] {
    thread_pool pool{{.threads = 2}};
    std::vector<int> out;
    const auto main = [&]() -> task<> {
      auto p = from(std::vector<int>{1, 2, 3}) | stage("twice", 2, twice) |
               stage("one more", pool, [](int x) { return x + 1; }) | into(out);
      co_await std::move(p);
    };
    run(main());
    lab::check(out == std::vector<int>{3, 5, 7});
  });
}

async_generator<int> numbers(unsigned) {
  for (int i = 1; i <= 2; ++i) {
    co_await yield();
    co_yield i;
  }
}

TEST(explorer_patterns, consumers_get_all_that_producers_make) {
  lab::explore(budget(), [] {
    static int sum;
    sum = 0;
    const auto consume = [](int x) -> task<> {
      co_await yield();
      sum += x;
    };
    thread other{"other", [] { lab::yield_point(); }};
    const auto main = [&]() -> task<> {
      const auto done = co_await producer_consumer(2, 2, numbers, consume, {.buffer = 1});
      lab::check(done.items == 4);
    };
    run(main());
    lab::check(sum == 6);
  });
}

TEST(explorer_patterns, a_graph_runs_each_task_after_those_it_needs) {
  lab::explore(budget(), [] {
    thread_pool pool{{.threads = 2}};
    task_graph g;
    auto a = g.add([] { return 1; });
    auto b = g.add([] { return 2; });
    auto c = g.add([](int x, int y) { return x + y; }, a, b);
    g.run(pool);
    lab::check(c.value() == 3);
  });
}

TEST(explorer_patterns, parallel_algorithms_visit_all_once) {
  lab::explore(budget(), [] {
    thread_pool pool{{.threads = 2}};
    std::vector<int> all{1, 2, 3, 4};
    lab::permits_conserved inside{4};
    parallel_for(pool, all, [&](int& x) {
      inside.taken();
      lab::yield_point();
      x *= 2;
      inside.given();
    });
    inside.settle();
    lab::check(all == std::vector<int>{2, 4, 6, 8});
    lab::check(parallel_reduce(pool, all, 0, [](int x, int y) { return x + y; }) == 20);
  });
}

TEST(explorer_patterns, for_each_and_map_visit_all_with_bounded_company) {
  lab::explore(budget(), [] {
    static std::size_t here, most;
    here = most = 0;
    const auto visit = [](int x) -> task<int> {
      most = std::max(most, ++here);
      co_await yield();
      --here;
      co_return 2 * x;
    };
    thread other{"other", [] { lab::yield_point(); }};
    const auto main = [&]() -> task<> {
      const std::vector<int> three{1, 2, 3};
      const std::vector<int> got = co_await map(three, 2, visit);
      lab::check(got == std::vector<int>{2, 4, 6});
    };
    run(main());
    lab::check(most == 2 && here == 0);
  });
}

TEST(explorer_patterns, a_retry_stops_when_it_is_cancelled) {
  lab::explore(budget(), [] {
    static int attempts;
    attempts = 0;
    const auto fails = []() -> task<int> {
      ++attempts;
      co_await yield();
      throw std::runtime_error("not yet");
    };
    cancel_scope scope;
    thread canceller{"canceller", [&] { scope.cancel(); }};
    bool gave_up = false;
    const auto main = [&]() -> task<> {
      try {
        const auto got = co_await scope.run(retry({.attempts = 3}, fails));
        gave_up = !got.has_value();
      } catch (const std::runtime_error&) {
        gave_up = true;
      }
    };
    run(main());
    lab::check(gave_up && attempts <= 3);
  });
}

TEST(explorer_patterns, a_supervisor_restarts_who_fails_once) {
  lab::explore(budget(), [] {
    static int starts;
    starts = 0;
    const auto child = []() -> task<> {
      const bool first = ++starts == 1;
      co_await sleep(1ms);
      if (first) throw std::runtime_error("first");
    };
    thread other{"other", [] { lab::yield_point(); }};
    const auto main = [&]() -> task<> {
      supervisor s{{.restarts_max = 3, .within = 5s}};
      s.on_restart([](std::string_view, const std::exception_ptr&) {});
      s.add("child", child);
      co_await move_on_after(1h, s.run());
    };
    run(main());
    lab::check(starts >= 2);
  });
}

TEST(explorer_patterns, a_ticker_ticks_while_others_compute) {
  lab::explore(budget(), [] {
    thread other{"other", [] { lab::yield_point(); }};
    const auto main = []() -> task<> {
      ticker t{1ms};
      for (int i = 0; i < 3; ++i) {
        const bool ticked = co_await t.tick();
        lab::check(ticked);
      }
    };
    const time_point start = clock::now();
    run(main());
    lab::check(clock::now() - start >= 3ms);
  });
}

}  // namespace
}  // namespace tutti
