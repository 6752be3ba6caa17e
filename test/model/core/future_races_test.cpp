// Futures: completing, waiting, cancelling and letting go, in every order. In the model build every
// access of an atomic is a step.
#include <tutti/core/future.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <utility>

#include <tutti/core/sleep.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/testing/explore.hpp>
#include <tutti/testing/shared.hpp>
#include <tutti/thread/thread.hpp>

#include "../explorer/budget.hpp"

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

task<> sleep_a_while() { co_await sleep(1ms); }
task<std::optional<int>> limited(future<int> f) {
  co_return co_await move_on_after(1ms, std::move(f));
}

TEST(future_races, set_against_get) {
  lab::explore(budget(), [] {
    promise<int> p;
    future<int> f = p.get_future();
    thread setter{"setter", [&] { p.set_value(7); }};
    lab::check(f.get() == 7);
  });
}

TEST(future_races, destroyed_promise_against_get) {
  lab::explore(budget(), [] {
    std::optional<promise<int>> p(std::in_place);
    future<int> f = p->get_future();
    thread dropper{"dropper", [&] { p.reset(); }};
    try {
      f.get();
      lab::check(false);
    } catch (const broken_promise&) {
    }
  });
}

TEST(future_races, a_timed_get_loses_nothing) {
  lab::explore(budget(), [] {
    promise<int> p;
    future<int> f = p.get_future();
    thread setter{"setter", [&] {
                    run(sleep_a_while());
                    p.set_value(7);
                  }};
    const std::optional<int> early = f.try_get_for(1ms);
    lab::check(early ? *early == 7 : f.get() == 7);
  });
}

TEST(future_races, cancel_against_set) {
  lab::explore(budget(), [] {
    promise<int> p;
    future<int> f = p.get_future();
    lab::atomic<int> asked = 0;
    p.on_cancel([&] { ++asked; });
    thread setter{"setter", [&] { p.set_value(7); }};
    f.cancel();
    lab::check(f.get() == 7);
    setter.join();
    lab::check(asked <= 1);
  });
}

TEST(future_races, two_who_wait_and_one_who_sets) {
  lab::explore(budget(), [] {
    promise<int> p;
    shared_future<int> f = p.get_future().share();
    thread a{"a", [f] { lab::check(f.get() == 7); }};
    thread b{"b", [f] { lab::check(f.get() == 7); }};
    p.set_value(7);
  });
}

TEST(future_races, a_callback_runs_once) {
  lab::explore(budget(), [] {
    promise<int> p;
    future<int> f = p.get_future();
    lab::atomic<int> calls = 0;
    thread setter{"setter", [&] { p.set_value(7); }};
    f.on_done([&](const outcome<int>& o) { calls.fetch_add(o.value()); });
    lab::check(f.get() == 7);
    setter.join();
    lab::check(calls == 7);
  });
}

TEST(future_races, completion_against_a_time_limit_in_a_task) {
  lab::explore(budget(), [] {
    promise<int> p;
    future<int> f = p.get_future();
    thread setter{"setter", [&] {
                    run(sleep_a_while());
                    p.set_value(7);
                  }};
    std::optional<int> got = run(limited(std::move(f)));
    lab::check(!got || *got == 7);
  });
}

}  // namespace
}  // namespace tutti
