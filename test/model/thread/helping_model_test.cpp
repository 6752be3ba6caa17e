// Workers that sleep in waits: no work and no result is overlooked, whoever comes first.
#include <gtest/gtest.h>

#include <tutti/testing/explore.hpp>
#include <tutti/tutti.hpp>

#include "../explorer/budget.hpp"

namespace lab = tutti::testing;
using namespace std::chrono_literals;

namespace {

tutti::task<int> after(tutti::event& e, int value) {
  co_await e.async_wait();
  co_return value;
}
tutti::task<int> nap(int value) {
  co_await tutti::sleep(1ms);
  co_return value;
}

TEST(HelpingModel, WorkAndResultComeAtOnce) {
  lab::explore(budget(), [] {
    tutti::thread_pool pool{{.threads = 2}};
    tutti::promise<int> answer;
    tutti::event waits;
    auto outer = pool.submit([&] {
      auto f = answer.get_future();
      waits.set();
      return f.get();
    });
    waits.wait();
    tutti::thread teller{[&] { answer.set_value(2); }};
    lab::check(pool.submit([] { return 1; }).get() == 1);
    lab::check(outer.get() == 2);
    teller.join();
  });
}

/// What the worker was woken for, when its result comes first and it goes back to work that never
/// ends by itself: another worker must do it.
TEST(HelpingModel, WhatItWasWokenForIsHandedOn) {
  lab::explore(budget(), [] {
    tutti::thread_pool pool{{.threads = 2}};
    tutti::promise<int> answer;
    tutti::event done;
    auto outer = pool.submit([&] {
      (void)answer.get_future().get();
      done.wait();
    });
    tutti::thread teller{[&] { answer.set_value(2); }};
    pool.submit([&] { done.set(); }).get();
    outer.get();
    teller.join();
  });
}

TEST(HelpingModel, TimersAreKeptWhoeverGoesBackToWork) {
  lab::explore(budget(), [] {
    tutti::thread_pool pool{{.threads = 2}};
    tutti::promise<int> answer;
    tutti::event done;
    auto outer = pool.submit([&] {
      (void)answer.get_future().get();
      done.wait();
    });
    tutti::thread teller{[&] { answer.set_value(2); }};
    lab::check(pool.submit(nap, 4).get() == 4);
    done.set();
    outer.get();
    teller.join();
  });
}

tutti::task<int> wait_there(tutti::thread_pool& pool, tutti::future<int> never) {
  auto inner = pool.submit([f = std::move(never)]() mutable { return f.get(); });
  co_return co_await std::move(inner);
}

TEST(HelpingModel, CancelledAndTimedOutWhileWorkComes) {
  lab::explore(budget(), [] {
    tutti::thread_pool pool{{.threads = 1}};
    tutti::promise<int> never;
    tutti::promise<int> late;
    auto timed = pool.submit([&] { return late.get_future().try_get_for(1ms).has_value(); });
    tutti::thread other{[&] { lab::check(pool.submit([] { return 1; }).get() == 1); }};
    const auto ended = tutti::run(tutti::move_on_after(1ms, wait_there(pool, never.get_future())));
    lab::check(!ended.has_value());
    lab::check(!timed.get());
    other.join();
    late.set_value(0);
    never.set_value(0);
  });
}

/// Whoever makes a task ready may still be on the way to wake a worker when the task has ended, and
/// with it the pool.
TEST(HelpingModel, ThePoolOutlivesItsWakers) {
  lab::explore(budget(), [] {
    tutti::event go;
    tutti::thread setter;
    {
      tutti::thread_pool pool{{.threads = 2}};
      auto f = pool.submit(after, std::ref(go), 3);
      setter = tutti::thread{[&] { go.set(); }};
      lab::check(f.get() == 3);
    }
    setter.join();
  });
}

}  // namespace
