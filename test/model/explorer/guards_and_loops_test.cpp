// What stands between the primitives and the executors: guarded values, values by thread, runs on
// one loop and on two, futures that a thread waits for, limits with an owner.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <utility>
#include <vector>

#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include "budget.hpp"

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

TEST(explorer_guards, a_guarded_value_loses_no_update) {
  lab::explore(budget(), [] {
    guarded<int> value{0};
    const auto more = [](int& x) {
      const int before = x;
      lab::yield_point();
      x = before + 1;
    };
    thread a{"a", [&] { value.with(more); }};
    thread b{"b", [&] { value.with(more); }};
    run(value.async_with(more));
    a.join();
    b.join();
    lab::check(value.with([](int& x) { return x; }) == 3);
  });
}

TEST(explorer_guards, each_thread_has_a_value_of_its_own) {
  lab::explore(budget(), [] {
    combinable<int> sum;
    const auto count = [&] {
      for (int i = 0; i < 2; ++i) {
        int& mine = sum.local();
        const int before = mine;
        lab::yield_point();
        mine = before + 1;
      }
    };
    {
      thread a{"a", count};
      thread b{"b", count};
      thread c{"c", count};
    }
    lab::check(sum.combine(std::plus<>{}) == 6);
  });
}

TEST(explorer_guards, a_limiter_knows_its_borrowers) {
  lab::explore(budget(), [] {
    capacity_limiter places{1};
    lab::permits_conserved out{1};
    const auto use = [&] {
      places.acquire();
      out.taken();
      lab::check(places.borrowed() == 1);
      lab::yield_point();
      out.given();
      places.release();
    };
    thread a{"a", use};
    thread b{"b", use};
    const auto impatient = [&]() -> task<> {
      auto place = co_await places.async_acquire();
      out.taken();
      co_await yield();
      out.given();
    };
    run(move_on_after(0s, impatient()));
    a.join();
    b.join();
    out.settle();
    lab::check(places.borrowed() == 0 && places.waiting() == 0);
  });
}

template <class Queue>
void gives_each_item_once() {
  lab::explore(budget(), [] {
    Queue q{1};
    int sum = 0;
    thread producer{"producer", [&] {
                      q.put(1);
                      q.put(2);
                      q.close();
                    }};
    thread consumer{"consumer", [&] {
                      while (auto x = q.next()) sum += *x;
                    }};
    const auto drain = [&]() -> task<> {
      for (;;) {
        auto x = co_await q.async_next();
        if (!x) break;
        sum += *x;
      }
    };
    run(drain());
    producer.join();
    consumer.join();
    lab::check(sum == 3);
  });
}
TEST(explorer_guards, a_lifo_queue_gives_each_item_once) {
  gives_each_item_once<lifo_queue<int>>();
}
TEST(explorer_guards, a_priority_queue_gives_each_item_once) {
  gives_each_item_once<priority_queue<int>>();
}

TEST(explorer_loops, tasks_of_two_loops_meet_at_a_queue) {
  lab::explore(budget(), [] {
    queue<int> q{1};
    const auto give = [](queue<int>& to) -> task<> {
      co_await to.async_put(1);
      co_await to.async_put(2);
    };
    const auto main = [&]() -> task<int> {
      auto giver = spawn(give(q));
      const int a = co_await q.async_get();
      const int b = co_await q.async_get();
      co_await std::move(giver);
      co_return 10 * a + b;
    };
    lab::check(run(main(), {.loops = 2}) == 12);
  });
}

TEST(explorer_loops, a_runner_ends_what_each_run_left) {
  lab::explore(budget(), [] {
    runner twice;
    event go;
    thread setter{"setter", [&] { go.set(); }};
    int ended = 0;
    const auto stays = [&]() -> task<> {
      try {
        co_await go.async_wait();
      } catch (const cancelled&) {
        ++ended;
        throw;
      }
      ++ended;
    };
    const auto main = [&]() -> task<> {
      spawn(stays());
      co_await yield();
    };
    twice.run(main());
    lab::check(ended == 1);
    twice.run(main());
    lab::check(ended == 2);
  });
}

TEST(explorer_loops, a_thread_waits_for_the_first_of_its_futures) {
  lab::explore(budget(), [] {
    thread_pool pool{{.threads = 2}};
    const auto give = [](int x) {
      lab::yield_point();
      return x;
    };
    std::vector<future<int>> all;
    for (const int x : {1, 2}) all.push_back(pool.submit(give, x));
    auto [done, pending] = wait(std::move(all), wait_until::first_completed);
    lab::check(!done.empty() && done.size() + pending.size() == 2);
    int sum = 0;
    for (auto& f : done) sum += f.get();
    for (auto& f : pending) sum += f.get();
    lab::check(sum == 3);
  });
}

TEST(explorer_loops, work_on_a_pool_comes_back_to_its_loop_with_its_context) {
  lab::explore(budget(), [] {
    static context_var<int> who{"who", 0};
    thread_pool pool{{.threads = 1}};
    const auto there = []() -> task<int> {
      co_await yield();
      co_return who.get();
    };
    const auto main = [&]() -> task<int> {
      const auto mine = who.set(7);
      const int seen = co_await on(pool, there());
      co_return seen + who.get();
    };
    thread other{"other", [&] { lab::check(pool.submit([] { return who.get(); }).get() == 0); }};
    lab::check(run(main()) == 14);
  });
}

TEST(explorer_loops, tasks_spawned_on_a_loop_from_threads_all_end) {
  lab::explore(budget(), [] {
    event_loop loop;
    lab::exactly_once each;
    const auto child = [&](std::uint64_t id) -> task<> {
      co_await yield();
      each.ended(id);
    };
    const auto submit = [&](std::uint64_t id) {
      each.submitted(id);
      loop.submit(child(id)).get();
    };
    {
      thread a{"a", [&] { submit(1); }};
      thread b{"b", [&] { submit(2); }};
    }
    each.settle();
  });
}

}  // namespace
}  // namespace tutti
