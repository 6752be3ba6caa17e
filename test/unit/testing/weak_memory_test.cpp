// The textbook litmus tests: what C++ allows is found, what it forbids never happens.
#include <tutti/testing/shared.hpp>

#include <gtest/gtest.h>

#include <string>

#include <tutti/testing/explore.hpp>
#include <tutti/tutti.hpp>

namespace tutti {
namespace {
namespace lab = tutti::testing;
using sys::acq_rel;
using sys::acquire;
using sys::relaxed;
using sys::release;
using sys::seq_cst;

/// All schedules with at most three departures; true: one of them broke a check.
template <class Scenario>
bool shows(Scenario scenario, lab::strategy how = lab::strategy::dfs) {
  try {
    const lab::report r = lab::explore(
        {.schedules = 200'000, .strategy = how, .preemption_bound = 3, .weak_memory = true},
        scenario);
    EXPECT_TRUE(r.complete || how != lab::strategy::dfs) << r.schedules;
    return false;
  } catch (const lab::failure& f) {
    EXPECT_THROW(lab::replay(f.what(), scenario, {.weak_memory = true}), lab::failure) << f.what();
    return true;
  }
}

template <class A, class B>
void both(A a, B b) {
  thread first{"a", a};
  thread second{"b", b};
}

void message_passing(std::memory_order give, std::memory_order take) {
  lab::shared<int> data = 0;
  lab::atomic<bool> ready = false;
  both(
      [&] {
        data = 7;
        ready.store(true, give);
      },
      [&] {
        if (ready.load(take)) lab::check(data == 7);
      });
}

TEST(weak_memory, a_message_needs_release_and_acquire) {
  EXPECT_TRUE(shows([] { message_passing(relaxed, relaxed); }));
  EXPECT_TRUE(shows([] { message_passing(release, relaxed); }));
  EXPECT_TRUE(shows([] { message_passing(relaxed, acquire); }));
  EXPECT_FALSE(shows([] { message_passing(release, acquire); }));
}

TEST(weak_memory, walks_and_priorities_find_it_too) {
  for (const lab::strategy how :
       {lab::strategy::random, lab::strategy::pct, lab::strategy::uniform}) {
    EXPECT_TRUE(shows([] { message_passing(relaxed, relaxed); }, how));
  }
}

TEST(weak_memory, is_off_unless_asked_for) {
  lab::explore({.schedules = 2'000}, [] { message_passing(relaxed, relaxed); });
}

template <class Between>
void store_buffering(std::memory_order write, std::memory_order read, Between between) {
  lab::atomic<int> x = 0, y = 0;
  int a = -1, b = -1;
  both(
      [&] {
        x.store(1, write);
        between();
        a = y.load(read);
      },
      [&] {
        y.store(1, write);
        between();
        b = x.load(read);
      });
  lab::check(a == 1 || b == 1, "neither saw the other");
}
void nothing() {}

TEST(weak_memory, two_that_announce_and_look_need_one_order) {
  EXPECT_TRUE(shows([] { store_buffering(relaxed, relaxed, nothing); }));
  EXPECT_TRUE(shows([] { store_buffering(release, acquire, nothing); }));
  EXPECT_FALSE(shows([] { store_buffering(seq_cst, seq_cst, nothing); }));
  EXPECT_FALSE(shows([] { store_buffering(relaxed, relaxed, lab::fence); }));
}

void four_threads(std::memory_order write, std::memory_order read) {
  lab::atomic<int> x = 0, y = 0;
  int x_first = 0, y_first = 0;
  thread wx{"wx", [&] { x.store(1, write); }};
  thread wy{"wy", [&] { y.store(1, write); }};
  thread rx{"rx", [&] { x_first = x.load(read) == 1 && y.load(read) == 0; }};
  thread ry{"ry", [&] { y_first = y.load(read) == 1 && x.load(read) == 0; }};
  wx.join();
  wy.join();
  rx.join();
  ry.join();
  lab::check(x_first == 0 || y_first == 0, "two readers saw two orders");
}

TEST(weak_memory, readers_agree_on_the_order_only_of_consistent_writes) {
  EXPECT_TRUE(shows([] { four_threads(release, acquire); }, lab::strategy::random));
  EXPECT_FALSE(shows([] { four_threads(seq_cst, seq_cst); }));
}

TEST(weak_memory, one_variable_never_goes_backwards) {
  EXPECT_FALSE(shows([] {
    lab::atomic<int> x = 0;
    both(
        [&] {
          x.store(1, relaxed);
          x.store(2, relaxed);
        },
        [&] {
          const int first = x.load(relaxed);
          lab::check(x.load(relaxed) >= first);
        });
  }));
}

TEST(weak_memory, what_was_seen_is_seen_by_whom_it_was_told) {
  EXPECT_FALSE(shows([] {
    lab::atomic<int> x = 0, told = 0;
    lab::atomic<bool> again = false;
    thread a{"a", [&] {
               x.store(1, relaxed);
               told.store(1, release);
             }};
    thread b{"b", [&] {
               if (told.load(acquire) == 1) again.store(true, release);
             }};
    if (again.load(acquire)) lab::check(x.load(relaxed) == 1);
  }));
}

void release_through_an_increment(std::memory_order increment) {
  lab::shared<int> data = 0;
  lab::atomic<int> count = 0;
  thread a{"a", [&] {
             data = 7;
             count.store(1, release);
           }};
  thread b{"b", [&] { count.fetch_add(1, increment); }};
  if (count.load(acquire) == 2) lab::check(data == 7);
}

TEST(weak_memory, an_increment_carries_the_release_before_it_on) {
  EXPECT_FALSE(shows([] { release_through_an_increment(relaxed); }));
}

TEST(weak_memory, counting_loses_nothing_in_any_order) {
  EXPECT_FALSE(shows([] {
    lab::atomic<int> x = 0;
    both([&] { x.fetch_add(1, relaxed); }, [&] { x.fetch_add(1, relaxed); });
    lab::check(x.load(relaxed) == 2, "joining shows all that the threads did");
  }));
}

TEST(weak_memory, a_weak_comparison_may_fail_for_nothing) {
  const auto once = [] {
    lab::atomic<int> x = 0;
    int seen = 0;
    lab::check(x.compare_exchange_weak(seen, 1));
  };
  EXPECT_TRUE(shows(once));
  EXPECT_FALSE(shows([] {
    lab::atomic<int> x = 0;
    int seen = 0;
    lab::check(x.compare_exchange(seen, 1));
  }));
}

TEST(weak_memory, a_lock_or_a_wake_shows_everything_before_it) {
  EXPECT_FALSE(shows([] {
    mutex m;
    event done;
    lab::shared<int> under_lock = 0, before_wake = 0;
    both(
        [&] {
          before_wake = 1;
          {
            lock_guard hold{m};
            under_lock = under_lock + 1;
          }
          done.set();
        },
        [&] {
          {
            lock_guard hold{m};
            under_lock = under_lock + 1;
          }
          done.wait();
          lab::check(before_wake == 1);
        });
    lab::check(under_lock == 2);
  }));
}

TEST(weak_memory, the_lanes_say_which_value_was_old_and_the_report_what_is_not_modelled) {
  try {
    lab::explore({.weak_memory = true}, [] { message_passing(relaxed, relaxed); });
    FAIL() << "not found";
  } catch (const lab::failure& f) {
    const std::string text = f.what();
    EXPECT_NE(text.find("read 0 A (old)"), std::string::npos) << text;
    EXPECT_NE(f.schedule().find('<'), std::string::npos) << text;
  }
  const lab::report r = lab::explore({.schedules = 10, .weak_memory = true}, [] {});
  EXPECT_NE(r.text().find("not modelled: "), std::string::npos);
}

}  // namespace
}  // namespace tutti
