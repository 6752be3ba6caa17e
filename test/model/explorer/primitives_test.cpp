// Every primitive of sync, with threads and tasks mixed, against its oracle.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <utility>
#include <vector>

#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include "budget.hpp"

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

/// Two threads do `work`, and one task does `awaited` meanwhile.
template <class Work, class Awaited>
void mixed(Work work, Awaited awaited) {
  thread a{"a", work};
  thread b{"b", work};
  run(awaited());
}

template <class Lock>
void excludes() {
  lab::explore(budget(), [] {
    Lock m;
    lab::permits_conserved inside{1};
    const auto enter = [&] {
      inside.taken();
      lab::yield_point();
      inside.given();
    };
    mixed(
        [&] {
          std::scoped_lock hold{m};
          enter();
        },
        [&]() -> task<void> {
          auto hold = co_await m.async_lock();
          enter();
        });
    inside.settle();
  });
}
TEST(explorer_primitives, mutex_excludes) { excludes<mutex>(); }
TEST(explorer_primitives, recursive_mutex_excludes) { excludes<recursive_mutex>(); }
TEST(explorer_primitives, shared_mutex_excludes) { excludes<shared_mutex>(); }

TEST(explorer_primitives, shared_mutex_keeps_writers_from_readers) {
  lab::explore(budget(), [] {
    shared_mutex m;
    lab::shared<int> left = 0, right = 0;
    const auto read = [&] {
      std::shared_lock hold{m};
      lab::check(left == right);
    };
    mixed(read, [&]() -> task<void> {
      auto hold = co_await m.async_lock();
      left = 1;
      right = 1;
    });
  });
}

TEST(explorer_primitives, mutex_is_linearizable_with_time_limits) {
  lab::explore(budget(), [] {
    mutex m;
    lab::history h;
    const auto use = [&] {
      auto t = h.begin("try_lock");
      const bool got = m.try_lock();
      t.returns(got ? 1 : 0);
      if (!got) return;
      auto u = h.begin("unlock");
      m.unlock();
      u.returns();
    };
    mixed(use, [&]() -> task<void> {
      auto l = h.begin("lock");
      auto hold = co_await m.async_lock();
      l.returns();
      auto u = h.begin("unlock");
      hold.unlock();
      u.returns();
    });
    lab::check_linearizable(h, lab::mutex_model{});
  });
}

TEST(explorer_primitives, semaphore_conserves_permits_of_cancelled_waiters) {
  lab::explore(budget(), [] {
    semaphore s{1};
    lab::permits_conserved out{1};
    const auto use = [&] {
      s.acquire();
      out.taken();
      lab::yield_point();
      out.given();
      s.release();
    };
    mixed(use, [&]() -> task<void> {
      const auto impatient = [&]() -> task<void> {
        permit p = co_await s.async_acquire();
        out.taken();
        co_await yield();
        out.given();
      };
      co_await move_on_after(0s, impatient());
    });
    out.settle();
    lab::check(s.try_acquire());
  });
}

TEST(explorer_primitives, event_wakes_all) {
  lab::explore(budget(), [] {
    event e;
    thread setter{"setter", [&] { e.set(); }};
    mixed([&] { e.wait(); }, [&]() -> task<void> { co_await e.async_wait(); });
  });
}

TEST(explorer_primitives, condition_loses_no_notification) {
  lab::explore(budget(), [] {
    mutex m;
    condition changed;
    int turns = 0;
    const auto turn = [&] {
      std::scoped_lock hold{m};
      ++turns;
      changed.notify_all();
    };
    mixed(turn, [&]() -> task<void> {
      auto hold = co_await m.async_lock();
      const auto both = [&] { return turns == 2; };
      co_await changed.async_wait(hold, both);
    });
  });
}

TEST(explorer_primitives, barrier_lets_all_go_together_and_numbers_them) {
  lab::explore(budget(), [] {
    barrier b{3};
    std::vector<std::size_t> indices;
    int here = 0;
    const auto note = [&](std::size_t index) {
      lab::check(here == 3);
      indices.push_back(index);
    };
    mixed(
        [&] {
          ++here;
          note(b.arrive_and_wait());
        },
        [&]() -> task<void> {
          ++here;
          note(co_await b.async_arrive_and_wait());
        });
    std::sort(indices.begin(), indices.end());
    lab::check(indices == std::vector<std::size_t>{0, 1, 2});
  });
}

TEST(explorer_primitives, latch_opens_at_zero) {
  lab::explore(budget(), [] {
    latch l{2};
    int counted = 0;
    mixed(
        [&] {
          ++counted;
          l.count_down();
          l.wait();
          lab::check(counted == 2);
        },
        [&]() -> task<void> {
          co_await l.async_wait();
          lab::check(counted == 2);
        });
  });
}

TEST(explorer_primitives, queue_is_linearizable) {
  lab::explore(budget(), [] {
    queue<int> q{1};
    lab::history h;
    int next = 1;
    const auto produce = [&] {
      const int value = next++;
      auto c = h.begin("put", value);
      q.put(value);
      c.returns();
    };
    mixed(produce, [&]() -> task<void> {
      for (int i = 0; i < 2; ++i) {
        auto c = h.begin("get");
        c.returns(co_await q.async_get());
      }
    });
    lab::check_linearizable(h, lab::queue_model{1});
  });
}

TEST(explorer_primitives, a_closed_queue_drains) {
  lab::explore(budget(), [] {
    queue<int> q{1};
    int sum = 0;
    thread producer{"producer", [&] {
                      for (int i = 1; i <= 2; ++i) q.put(i);
                      q.close();
                    }};
    mixed(
        [&] {
          while (auto x = q.next()) sum += *x;
        },
        [&]() -> task<void> {
          while (auto x = co_await q.async_next()) sum += *x;
        });
    lab::check(sum == 3);
  });
}

TEST(explorer_primitives, rate_limiter_lets_everybody_in_in_the_end) {
  lab::explore(budget(), [] {
    rate_limiter often{1000.0, 1};
    const auto start = clock::now();
    mixed([&] { often.acquire(); }, [&]() -> task<void> { co_await often.async_acquire(); });
    lab::check(clock::now() - start >= 2ms);
  });
}

}  // namespace
}  // namespace tutti
