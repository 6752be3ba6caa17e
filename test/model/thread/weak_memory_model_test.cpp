// The lock-free parts of tutti under weak memory: every load of a real atomic of theirs may see an
// old value, as far as its order allows. That the orders are needed shows when they are taken away.
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdio>

#include <tutti/sys/asymmetric_fence.hpp>
#include <tutti/sys/memory_model.hpp>
#include <tutti/sys/parker.hpp>
#include <tutti/testing/explore.hpp>
#include <tutti/testing/shared.hpp>
#include <tutti/thread/detail/steal_deque.hpp>
#include <tutti/tutti.hpp>

#include "../weakened.hpp"
#include "tally.hpp"

namespace lab = tutti::testing;
namespace sys = tutti::sys;
using namespace std::chrono_literals;
using tutti::detail::steal_deque;
using tutti::model::tally;
using tutti::model::weakened;

namespace {

lab::options walk(std::uint64_t schedules) {
  return {.schedules = schedules, .steps_max = 20'000, .weak_memory = true};
}
lab::options all(unsigned bound) {
  return {.schedules = 300'000,
          .strategy = lab::strategy::dfs,
          .preemption_bound = bound,
          .weak_memory = true};
}

// ---- deque --------------------------------------------------------------------------------------

/// The owner pops two entries while a thief takes one or two: each goes to one of them.
void entries_are_taken_once(steal_deque& deque) {
  lab::check(deque.push(1) && deque.push(2));
  tally all;
  tutti::thread thief{[&] {
    all.add(deque.steal());
    all.add(deque.steal());
  }};
  all.add(deque.pop());
  all.add(deque.pop());
  thief.join();
  while (const steal_deque::entry e = deque.pop()) all.add(e);
  all.check_each_once(2);
}

/// One of two thieves shares what the other takes, while the owner pops and pushes anew.
void shared_entries_are_taken_once(steal_deque& deque) {
  tally all;
  for (steal_deque::entry e : {1U, 2U, 3U}) lab::check(deque.push(e));
  tutti::thread first{[&] { all.add(deque.steal()); }};
  tutti::thread second{[&] { all.add(deque.steal()); }};
  all.add(deque.pop());
  all.add(deque.pop());
  lab::check(deque.push(4));
  all.add(deque.pop());
  first.join();
  second.join();
  while (const steal_deque::entry e = deque.pop()) all.add(e);
  all.check_each_once(4);
}

void holds_in_every_order(void (*story)(steal_deque&), unsigned bound, std::uint64_t walks) {
  const auto scenario = [story] {
    steal_deque deque;
    story(deque);
  };
  const auto found = lab::explore(all(bound), scenario);
  EXPECT_TRUE(found.complete) << found.schedules;
  lab::explore(walk(walks), scenario);
}

TEST(WeakMemoryModel, EntriesOfTheDequeAreTakenOnce) {
  holds_in_every_order(&entries_are_taken_once, 3, 5'000);
}

TEST(WeakMemoryModel, SharedEntriesOfTheDequeAreTakenOnce) {
  holds_in_every_order(&shared_entries_are_taken_once, 2, 20'000);
}

TEST(WeakMemoryModel, TheDequeNeedsItsFences) {
  EXPECT_THROW(lab::explore(all(2),
                            [] {
                              steal_deque deque;
                              weakened w{deque, weakened::how::without_fences};
                              entries_are_taken_once(deque);
                            }),
               lab::failure);
}

void a_thief_sees_the_work(steal_deque& deque) {
  lab::shared<int> work = 0;
  tutti::thread thief{[&] {
    if (deque.steal() == 1) lab::check(work == 7, "what was done before the push");
  }};
  work = 7;
  lab::check(deque.push(1));
  thief.join();
}

TEST(WeakMemoryModel, AThiefSeesWhatTheOwnerDidBeforeThePush) {
  EXPECT_TRUE(lab::explore(all(3), [] {
                steal_deque deque;
                a_thief_sees_the_work(deque);
              }).complete);
  EXPECT_THROW(lab::explore(all(3),
                            [] {
                              steal_deque deque;
                              weakened w{deque, weakened::how::everything_is_relaxed};
                              a_thief_sees_the_work(deque);
                            }),
               lab::failure);
}

// ---- parker -------------------------------------------------------------------------------------

void a_wake_brings_the_news(sys::parker& bed) {
  lab::shared<int> news = 0;
  tutti::thread waker{[&] {
    news = 7;
    bed.unpark();
  }};
  bed.park();
  lab::check(news == 7);
  waker.join();
}

TEST(WeakMemoryModel, AWakeBringsTheNews) {
  EXPECT_TRUE(lab::explore(all(3), [] {
                sys::parker bed;
                a_wake_brings_the_news(bed);
              }).complete);
  EXPECT_THROW(lab::explore(all(3),
                            [] {
                              sys::parker bed;
                              weakened w{bed, weakened::how::everything_is_relaxed};
                              a_wake_brings_the_news(bed);
                            }),
               lab::failure);
}

// ---- idle set -----------------------------------------------------------------------------------

/// Two that each write, fence and look, as a fork and a worker that is about to sleep.
TEST(WeakMemoryModel, OneOfTwoFencesSeesTheOther) {
  EXPECT_TRUE(lab::explore(all(3), [] {
                lab::atomic<int> forks = 0, idle = 0;
                bool wakes = false, stays = false;
                tutti::thread forker{[&] {
                  forks.store(1, sys::relaxed);
                  sys::light_fence();
                  wakes = idle.load(sys::relaxed) != 0;
                }};
                idle.fetch_add(1, sys::relaxed);
                sys::heavy_fence();
                stays = forks.load(sys::relaxed) != 0;
                forker.join();
                lab::check(wakes || stays, "the fork was overlooked");
              }).complete);
}

/// A worker that goes to sleep while another forks; one that overlooked it would sleep for ever.
TEST(WeakMemoryModel, AForkWakesAWorkerThatIsAboutToSleep) {
  lab::explore(walk(10'000), [] {
    tutti::thread_pool pool{{.threads = 2}};
    tutti::event taken;
    pool.submit([&] { tutti::parallel_invoke(pool, [&] { taken.wait(); }, [&] { taken.set(); }); })
        .get();
  });
}

// ---- inject queue -------------------------------------------------------------------------------

/// Whole, up to two departures, for the thread that injects and the worker that takes. With another
/// thread there is no end: who looks for work gives way at every look, who comes next then is free,
/// and one preemption alone makes more schedules than can be counted. Random walks do that.
TEST(WeakMemoryModel, TheOneWhoTakesSeesWhatWasDoneBeforeTheInjection) {
  const auto scenario = [] {
    tutti::thread_pool pool{{.threads = 1}};
    lab::shared<int> data = 0;
    data = 7;
    lab::check(pool.submit([&data] { return data.load(); }).get() == 7);
  };
  lab::explore(walk(10), scenario);  // what is made once and for all is made
  const auto found = lab::explore(all(2), scenario);
  EXPECT_TRUE(found.complete) << found.schedules;
  std::puts(found.text().c_str());
}

TEST(WeakMemoryModel, WhatIsInjectedRunsOnceAndSeesWhatCameBefore) {
  lab::explore(walk(10'000), [] {
    tutti::thread_pool pool{{.threads = 2}};
    lab::shared<int> a = 0, b = 0;
    lab::atomic<int> runs = 0;
    const auto submit = [&pool, &runs](lab::shared<int>& data) {
      data = 1;
      const int seen = pool.submit([&] {
                             runs.fetch_add(1, sys::relaxed);
                             const int before = data;
                             data = before + 1;
                             return before;
                           })
                           .get();
      lab::check(seen == 1 && data == 2);
    };
    tutti::thread other{[&] { submit(b); }};
    submit(a);
    other.join();
    lab::check(runs.load(sys::relaxed) == 2);
  });
}

}  // namespace
