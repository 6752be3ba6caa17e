// Three threads by two operations, every schedule with at most two preemptions (three where the
// budget is whole): for each primitive nothing is lost, nobody is overlooked, and the search says
// that it is complete.
#include <gtest/gtest.h>

#include <mutex>

#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include "budget.hpp"

namespace tutti {
namespace {
namespace lab = tutti::testing;

unsigned bound() { return budget().schedules < 100'000 ? 2U : 3U; }

/// `work(object, n)` twice in each of three threads, n being 0, 1 and 2; then `after(object)`.
template <class Object, class Work, class After>
void holds_in_every_order(Work work, After after, unsigned preemptions = bound()) {
  const lab::report found = lab::explore(
      {.schedules = 2'000'000, .strategy = lab::strategy::dfs, .preemption_bound = preemptions},
      [&] {
        Object object;
        {
          const auto twice = [&](int n) {
            work(object, n);
            work(object, n);
          };
          thread a{"a", [&] { twice(0); }};
          thread b{"b", [&] { twice(1); }};
          thread c{"c", [&] { twice(2); }};
        }
        after(object);
      });
  EXPECT_TRUE(found.complete) << found.text();
  EXPECT_TRUE(found.reduced);
}

/// A lock and what it guards: two accesses with room between them.
template <class Lock>
struct guarded_count {
  Lock lock;
  lab::shared<int> count = 0;
  void add() { count += 1; }
};
constexpr auto adds_up_to_six = [](const auto& g) { lab::check(g.count.peek() == 6); };

TEST(complete, mutex) {
  holds_in_every_order<guarded_count<mutex>>(
      [](auto& g, int) {
        const lock_guard hold(g.lock);
        g.add();
      },
      adds_up_to_six);
}

TEST(complete, recursive_mutex) {
  holds_in_every_order<guarded_count<recursive_mutex>>(
      [](auto& g, int) {
        const lock_guard outer(g.lock);
        g.add();
      },
      adds_up_to_six);
}

TEST(complete, shared_mutex) {
  holds_in_every_order<guarded_count<shared_mutex>>(
      [](auto& g, int n) {
        if (n != 0) {
          g.lock.lock_shared();
          const int before = g.count;
          lab::check(before == g.count.load());
          g.lock.unlock_shared();
        } else {
          const lock_guard hold(g.lock);
          g.add();
        }
      },
      [](const auto& g) { lab::check(g.count.peek() == 2); });
}

struct one_permit : semaphore {
  one_permit() : semaphore(1) {}
};
TEST(complete, semaphore) {
  holds_in_every_order<guarded_count<one_permit>>(
      [](auto& g, int) {
        g.lock.acquire();
        g.add();
        g.lock.release();
      },
      adds_up_to_six);
}

struct one_at_a_time : capacity_limiter {
  one_at_a_time() : capacity_limiter(1) {}
};
TEST(complete, capacity_limiter) {
  holds_in_every_order<guarded_count<one_at_a_time>>(
      [](auto& g, int) {
        g.lock.acquire();
        g.add();
        g.lock.release();
      },
      adds_up_to_six);
}

TEST(complete, event) {
  holds_in_every_order<event>(
      [](event& e, int n) {
        if (n == 0) {
          e.set();
        } else {
          e.wait();
        }
      },
      [](event& e) { lab::check(e.is_set()); });
}

struct tokens {
  mutex lock;
  condition changed;
  int here = 0;  // guarded by lock
};
TEST(complete, condition) {
  holds_in_every_order<tokens>(
      [](tokens& t, int n) {
        std::unique_lock hold(t.lock);
        if (n == 0) {
          t.here += 2;
          t.changed.notify_all();
        } else {
          t.changed.wait(hold, [&t] { return t.here > 0; });
          --t.here;
        }
      },
      [](const tokens& t) { lab::check(t.here == 0); });
}

struct one_place : queue<int> {
  one_place() : queue<int>(1) {}
};
template <class Queue>
struct summed {
  Queue items;
  lab::atomic<int> sum = 0;
};
constexpr auto put_and_get = [](auto& s, int n) {
  if (n == 0) {
    s.items.put(1);
    s.items.put(10);
  } else {
    s.sum.fetch_add(s.items.get());
  }
};
constexpr auto sums_up = [](const auto& s) { lab::check(s.sum.load() == 22); };

TEST(complete, bounded_queue) { holds_in_every_order<summed<one_place>>(put_and_get, sums_up); }
TEST(complete, lifo_queue) { holds_in_every_order<summed<lifo_queue<int>>>(put_and_get, sums_up); }
TEST(complete, priority_queue) {
  holds_in_every_order<summed<priority_queue<int>>>(put_and_get, sums_up);
}

struct three_parties : barrier {
  three_parties() : barrier(3) {}
};
struct meeting {
  three_parties here;
  lab::atomic<int> arrived = 0;
};
TEST(complete, barrier) {
  holds_in_every_order<meeting>(
      [](meeting& m, int) {
        m.arrived.fetch_add(1);
        m.here.arrive_and_wait();
        lab::check(m.arrived.load() >= 3);
      },
      [](const meeting& m) { lab::check(m.arrived.load() == 6); });
}

struct two_left : latch {
  two_left() : latch(2) {}
};
TEST(complete, latch) {
  holds_in_every_order<two_left>(
      [](latch& l, int n) {
        if (n == 0) {
          l.count_down();
        } else {
          l.wait();
        }
      },
      [](const latch& l) { lab::check(l.try_wait()); });
}

struct a_thousand_a_second : rate_limiter {
  a_thousand_a_second() : rate_limiter(1000.0, 1) {}
};
TEST(complete, rate_limiter) {
  holds_in_every_order<a_thousand_a_second>([](rate_limiter& r, int) { r.acquire(); },
                                            [](const rate_limiter&) {});
}

struct answer {
  promise<int> given;
  shared_future<int> asked = given.get_future().share();
  lab::atomic<bool> is_given = false;
};
TEST(complete, promise_and_shared_future) {
  holds_in_every_order<answer>(
      [](answer& a, int n) {
        if (n != 0) {
          lab::check(a.asked.get() == 7);
        } else if (!a.is_given.exchange(true)) {
          a.given.set_value(7);
        }
      },
      [](const answer& a) { lab::check(a.asked.done()); });
}

TEST(complete, tasks_on_three_loops_share_a_lock) {
  holds_in_every_order<guarded_count<mutex>>(
      [](auto& g, int) {
        run([](guarded_count<mutex>& of) -> task<void> {
          const auto hold = co_await of.lock.async_lock();
          of.add();
        }(g));
      },
      adds_up_to_six, 2);
}

}  // namespace
}  // namespace tutti
