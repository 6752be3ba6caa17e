// A primitive that is destroyed while somebody waits for it ends the program with a sentence that
// says which; nobody is left behind in memory that is gone.
#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include <tutti/tutti.hpp>

namespace tutti {
namespace {

/// `wait(p)` sleeps in a thread of its own; `waiting(p)` says whether it does; then `p` goes.
template <class P, class Wait, class Waiting>
void destroy_under_a_waiter(P* primitive, Wait wait, Waiting waiting) {
  std::unique_ptr<P> doomed(primitive);
  const thread sleeper{"sleeper", [p = doomed.get(), wait] { wait(*p); }};
  while (waiting(*doomed) == 0) std::this_thread::yield();
  doomed.reset();
}

std::size_t waiting_of(const auto& p) { return p.statistics().waiting; }

class destruction : public testing::Test {
 protected:
  destruction() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};
using destruction_deathtest = destruction;

template <class M>
void destroy_locked() {
  auto m = std::make_unique<M>();
  m->lock();
  destroy_under_a_waiter(
      m.release(), [](M& held) { held.lock(); }, [](M& held) { return waiting_of(held); });
}

TEST_F(destruction_deathtest, of_locks) {
  EXPECT_DEATH(destroy_locked<mutex>(), "a mutex was destroyed while somebody waited");
  EXPECT_DEATH(destroy_locked<recursive_mutex>(),
               "a recursive_mutex was destroyed while somebody waited");
  EXPECT_DEATH(destroy_locked<shared_mutex>(),
               "a shared_mutex was destroyed while somebody waited");
}

TEST_F(destruction_deathtest, of_counters) {
  const auto acquire = [](auto& s) { s.acquire(); };
  const auto waiting = [](auto& s) { return waiting_of(s); };
  EXPECT_DEATH(destroy_under_a_waiter(new semaphore{0}, acquire, waiting),
               "a semaphore was destroyed while somebody waited");
  EXPECT_DEATH(destroy_under_a_waiter(new bounded_semaphore{0}, acquire, waiting),
               "a semaphore was destroyed while somebody waited");
  EXPECT_DEATH(destroy_under_a_waiter(new capacity_limiter{0}, acquire, waiting),
               "a capacity_limiter was destroyed while somebody waited");
  const auto take_two = [](rate_limiter& r) {
    r.acquire();
    r.acquire();  // after a year
  };
  EXPECT_DEATH(destroy_under_a_waiter(new rate_limiter{1.0 / 31'536'000, 1}, take_two, waiting),
               "a rate_limiter was destroyed while somebody waited");
}

TEST_F(destruction_deathtest, of_signals) {
  const auto wait = [](auto& p) { p.wait(); };
  const auto waiting = [](auto& p) { return waiting_of(p); };
  EXPECT_DEATH(destroy_under_a_waiter(new event, wait, waiting),
               "an event was destroyed while somebody waited");
  EXPECT_DEATH(destroy_under_a_waiter(new latch{1}, wait, waiting),
               "a latch was destroyed while somebody waited");
  EXPECT_DEATH(destroy_under_a_waiter(
                   new barrier{2}, [](barrier& b) { b.arrive_and_wait(); }, waiting),
               "a barrier was destroyed while somebody waited");
  mutex m;
  EXPECT_DEATH(destroy_under_a_waiter(
                   new condition,
                   [&](condition& c) {
                     lock_guard hold{m};
                     c.wait(hold);
                   },
                   waiting),
               "a condition was destroyed while somebody waited");
}

template <class Q>
void destroy_under_a_getter() {
  destroy_under_a_waiter(
      new Q, [](Q& q) { (void)q.get(); }, [](Q& q) { return q.statistics().getters; });
}

TEST_F(destruction_deathtest, of_queues) {
  EXPECT_DEATH(destroy_under_a_getter<queue<int>>(), "a queue was destroyed while somebody waited");
  EXPECT_DEATH(destroy_under_a_getter<lifo_queue<int>>(),
               "a queue was destroyed while somebody waited");
  EXPECT_DEATH(destroy_under_a_getter<priority_queue<int>>(),
               "a queue was destroyed while somebody waited");
  EXPECT_DEATH(
      {
        auto full = std::make_unique<queue<int>>(1);
        full->put(1);
        destroy_under_a_waiter(
            full.release(), [](queue<int>& q) { q.put(2); },
            [](queue<int>& q) { return q.statistics().putters; });
      },
      "a queue was destroyed while somebody waited");
}

}  // namespace
}  // namespace tutti
