// Memory runs out inside a primitive: what needs none goes on, what needs some says
// std::bad_alloc, has done nothing, and works again as soon as there is memory. Not in builds with
// ThreadSanitizer, whose operator new cannot be replaced.
#include <tutti/base/config.hpp>

#if !defined(TUTTI_TSAN)
#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <new>
#include <vector>

#include <tutti/observe.hpp>
#include <tutti/tutti.hpp>

#include "../../support/failing_memory.hpp"

namespace tutti {
namespace {

/// `work` meets one failed allocation. True: it said so.
template <class Work>
bool refused(Work work) {
  failing_memory::works_for = 0;
  bool said = false;
  try {
    work();
  } catch (const std::bad_alloc&) {
    said = true;
  }
  failing_memory::works_for = -1;
  return said;
}

/// In a thread whose lists of free blocks are empty: what needs memory has to ask for it.
template <class Work>
void in_a_fresh_thread(Work work) {
  thread fresh{"fresh", [&] {
                 (void)this_task::id();  // it has its cell
                 work();
               }};
  fresh.join();
}

class allocation_failure : public testing::Test {
 protected:
  allocation_failure() {
    watch_locks(false);  // a watched lock keeps books
  }
  ~allocation_failure() override { watch_locks(was_on_); }

 private:
  bool was_on_ = locks_are_watched();
};

template <class Q>
void puts_fail_and_leave_no_trace() {
  Q q;
  EXPECT_TRUE(refused([&] { q.put(1); }));
  EXPECT_TRUE(refused([&] { (void)q.try_put(2); }));
  EXPECT_TRUE(q.empty());
  EXPECT_EQ(q.statistics().unfinished, 0U);
  q.put(3);
  EXPECT_FALSE(refused([&] { EXPECT_EQ(q.get(), 3); }));
  q.task_done();
  q.join();
}
TEST_F(allocation_failure, queues) {
  in_a_fresh_thread(&puts_fail_and_leave_no_trace<queue<int>>);
  in_a_fresh_thread(&puts_fail_and_leave_no_trace<lifo_queue<int>>);
  in_a_fresh_thread(&puts_fail_and_leave_no_trace<priority_queue<int>>);
}

TEST_F(allocation_failure, an_awaited_put) {
  in_a_fresh_thread([] {
    queue<int> q;
    run([](queue<int>& to) -> task<> {
      bool said = false;
      auto put = to.async_put(1);  // its frame, where it has one, is there
      failing_memory::works_for = 0;
      try {
        co_await std::move(put);
      } catch (const std::bad_alloc&) {
        said = true;
      }
      failing_memory::works_for = -1;
      EXPECT_EQ(said, to.empty());
      while (to.try_get()) {
      }
      co_await to.async_put(2);
      EXPECT_EQ(co_await to.async_get(), 2);
    }(q));
  });
}

TEST_F(allocation_failure, who_reads_and_who_borrows_is_written_down) {
  in_a_fresh_thread([] {
    shared_mutex m;
    EXPECT_TRUE(refused([&] { m.lock_shared(); }));
    EXPECT_EQ(m.statistics().readers, 0U);
    m.lock();
    m.unlock();
    m.lock_shared();
    m.unlock_shared();

    capacity_limiter limiter{1};
    EXPECT_TRUE(refused([&] { limiter.acquire(); }));
    EXPECT_EQ(limiter.borrowed(), 0U);
    const permit one{limiter};
    EXPECT_EQ(limiter.borrowed(), 1U);
  });
}

TEST_F(allocation_failure, a_value_for_this_thread) {
  in_a_fresh_thread([] {
    combinable<int> sums;
    EXPECT_TRUE(refused([&] { sums.local() = 1; }));
    sums.local() += 2;
    EXPECT_EQ(sums.combine([](int a, int b) { return a + b; }), 2);
  });
}

TEST_F(allocation_failure, the_others_never_allocate) {
  in_a_fresh_thread([] {
    const long before = failing_memory::allocations;
    mutex m;
    recursive_mutex again;
    semaphore s{1};
    event e;
    latch l{1};
    condition c;
    barrier b{1};
    rate_limiter r{1.0, 1};
    for (int i = 0; i < 3; ++i) {
      const lock_guard hold{m};
      const lock_guard outer{again};
      const lock_guard inner{again};
      const permit one{s};
      EXPECT_FALSE(s.try_acquire());
    }
    e.set();
    e.wait();
    l.count_down();
    l.wait();
    c.notify_all();
    EXPECT_EQ(b.arrive_and_wait(), 0U);
    EXPECT_TRUE(r.try_acquire());
    EXPECT_EQ(failing_memory::allocations, before);
  });
}

TEST_F(allocation_failure, a_watched_lock_works_though_its_books_have_a_hole) {
  in_a_fresh_thread([] {
    watch_locks(true);
    for (int i = 0; i < 8; ++i) {
      mutex m;
      recursive_mutex n;
      EXPECT_FALSE(refused([&] { m.lock(); }));
      EXPECT_FALSE(refused([&] { n.lock(); }));
      EXPECT_FALSE(refused([&] { n.unlock(); }));
      EXPECT_FALSE(refused([&] { m.unlock(); }));
    }
    failing_memory::works_for = 0;
    mutex unwatched;
    failing_memory::works_for = -1;
    const lock_guard hold{unwatched};
  });
}

/// The books of watched locks are kept as well as memory allows: an entry that is missing makes
/// them say less, never something about a lock that is gone.
TEST(allocation_failure_of_the_watch, no_lock_is_entered_by_half) {
  const bool was_on = locks_are_watched();
  watch_locks(true);
  constexpr long more_than_all = 100;
  for (long working = 0; working < more_than_all; ++working) {
    in_a_fresh_thread([working] {
      {
        mutex outer;
        shared_mutex inner;
        failing_memory::works_for = working;
        outer.lock();
        inner.lock();
        failing_memory::works_for = -1;
      }  // both go while they are held
      mutex next;  // may lie where one of them did
      recursive_mutex after;
      const lock_guard one{next};
      const lock_guard two{after};
      EXPECT_EQ(next.statistics().owner, this_task::id());
      EXPECT_EQ(after.statistics().levels, 1U);
    });
  }
  watch_locks(was_on);
}

}  // namespace
}  // namespace tutti
#endif  // !TUTTI_TSAN
