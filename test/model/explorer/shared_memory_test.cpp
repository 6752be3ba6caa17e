// What processes share, used by threads and by nodes of a simulation: the blocking forms.
#include <gtest/gtest.h>

#include <chrono>
#include <string_view>

#include <tutti/process/process.hpp>
#include <tutti/process/process_barrier.hpp>
#include <tutti/process/process_event.hpp>
#include <tutti/process/process_mutex.hpp>
#include <tutti/process/process_queue.hpp>
#include <tutti/process/process_semaphore.hpp>
#include <tutti/process/shared_value.hpp>
#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include "budget.hpp"

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

TEST(explorer_shared_memory, an_event_wakes_all) {
  lab::explore(budget(), [] {
    process_event e;
    const auto wait = [&] { e.wait(); };
    thread a{"a", wait};
    thread b{"b", wait};
    thread setter{"setter", [&] { e.set(); }};
  });
}

TEST(explorer_shared_memory, permits_are_conserved) {
  lab::explore(budget(), [] {
    process_semaphore s{1};
    lab::permits_conserved out{1};
    const auto use = [&] {
      s.acquire();
      out.taken();
      lab::yield_point();
      out.given();
      s.release();
    };
    {
      thread a{"a", use};
      thread b{"b", use};
      thread c{"c", [&] {
                 if (!s.try_acquire_for(1ms)) return;
                 out.taken();
                 out.given();
                 s.release();
               }};
    }
    out.settle();
    lab::check(s.try_acquire());
  });
}

TEST(explorer_shared_memory, a_queue_keeps_the_order_of_its_producer) {
  lab::explore(budget(), [] {
    process_queue<int> q{64};
    thread producer{"producer", [&] {
                      for (int i = 1; i <= 3; ++i) q.put(i);
                      q.close();
                    }};
    int last = 0;
    while (auto x = q.next()) lab::check(*x == ++last);
    lab::check(last == 3);
  });
}

TEST(explorer_shared_memory, a_barrier_lets_all_go_together) {
  lab::explore(budget(), [] {
    process_barrier gate{3};
    int here = 0;
    const auto arrive = [&] {
      ++here;
      gate.arrive_and_wait();
      lab::check(here == 3);
    };
    thread a{"a", arrive};
    thread b{"b", arrive};
    arrive();
  });
}

TEST(explorer_shared_memory, a_mutex_excludes) {
  lab::explore(budget(), [] {
    process_mutex m;
    lab::permits_conserved inside{1};
    const auto enter = [&] {
      m.lock();
      inside.taken();
      lab::yield_point();
      inside.given();
      m.unlock();
    };
    {
      thread a{"a", enter};
      thread b{"b", enter};
      thread c{"c", [&] {
                 if (!m.try_lock_for(1ms)) return;
                 inside.taken();
                 inside.given();
                 m.unlock();
               }};
    }
    inside.settle();
    lab::check(m.try_lock());
    m.unlock();
  });
}

TEST(explorer_shared_memory, a_value_loses_no_update) {
  lab::explore(budget(), [] {
    shared_value<int> x{0};
    const auto add = [&] {
      x.with([](int& n) {
        const int before = n;
        lab::yield_point();
        n = before + 1;
      });
    };
    {
      thread a{"a", add};
      thread b{"b", add};
    }
    lab::check(x.load() == 2);
  });
}

/// The words of shared memory are looked at again and again, but not in a simulation: here a
/// deadlock is one.
TEST(explorer_shared_memory, who_waits_for_ever_is_in_a_deadlock) {
  try {
    lab::explore({.schedules = 1, .steps_max = 10'000}, [] {
      process_event never;
      never.wait();
    });
    FAIL() << "it came back";
  } catch (const lab::failure& f) {
    EXPECT_TRUE(std::string_view(f.what()).starts_with("deadlock: \"main\"")) << f.what();
  }
}

}  // namespace
}  // namespace tutti
