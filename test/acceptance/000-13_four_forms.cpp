// Every operation that may wait has its four forms: it blocks, it tries, it waits for a limited
// time, it is awaited. The table is checked by the compiler; that trying does not wait is checked
// while everything is taken.
// rows: 000-13
#include <tutti/tutti.hpp>

#include <chrono>

#include "acceptance.hpp"

using namespace std::chrono_literals;

#define FORMS(type, blocking, trying, timed, awaited)                    \
  static_assert(                                                         \
      requires(type & x) { x.blocking; }, #type " blocks: " #blocking);  \
  static_assert(                                                         \
      requires(type & x) { x.trying; }, #type " tries: " #trying);       \
  static_assert(                                                         \
      requires(type & x) { x.timed; }, #type " waits a while: " #timed); \
  static_assert(                                                         \
      requires(type & x) { x.awaited; }, #type " can be awaited: " #awaited)

FORMS(tutti::mutex, lock(), try_lock(), try_lock_for(1ms), async_lock());
FORMS(tutti::recursive_mutex, lock(), try_lock(), try_lock_for(1ms), async_lock());
FORMS(tutti::shared_mutex, lock(), try_lock(), try_lock_for(1ms), async_lock());
FORMS(tutti::shared_mutex, lock_shared(), try_lock_shared(), try_lock_shared_for(1ms),
      async_lock_shared());
FORMS(tutti::event, wait(), try_wait(), try_wait_for(1ms), async_wait());
FORMS(tutti::semaphore, acquire(), try_acquire(), try_acquire_for(1ms), async_acquire());
FORMS(tutti::bounded_semaphore, acquire(), try_acquire(), try_acquire_for(1ms), async_acquire());
FORMS(tutti::capacity_limiter, acquire(), try_acquire(), try_acquire_for(1ms), async_acquire());
FORMS(tutti::rate_limiter, acquire(), try_acquire(), try_acquire_for(1ms), async_acquire());
FORMS(tutti::latch, wait(), try_wait(), try_wait_for(1ms), async_wait());
FORMS(tutti::queue<int>, get(), try_get(), try_get_for(1ms), async_get());
FORMS(tutti::queue<int>, put(1), try_put(1), try_put_for(1, 1ms), async_put(1));
FORMS(tutti::lifo_queue<int>, get(), try_get(), try_get_for(1ms), async_get());
FORMS(tutti::priority_queue<int>, put(1), try_put(1), try_put_for(1, 1ms), async_put(1));
FORMS(tutti::future<int>, get(), try_get(), try_get_for(1ms), wait());
static_assert(tutti::awaitable<tutti::future<int>>);

int main() {
  tutti::mutex m;
  tutti::shared_mutex s;
  tutti::event e;
  tutti::semaphore none{0};
  tutti::latch l{1};
  tutti::queue<int> empty;
  tutti::queue<int> full{1};
  tutti::promise<int> p;
  auto never = p.get_future();
  full.put(1);
  tutti::event taken;
  tutti::event enough;
  tutti::thread holder{[&] {
    tutti::lock_guard a{m};
    tutti::lock_guard b{s};
    taken.set();
    enough.wait();
  }};
  taken.wait();
  // Were one of these to wait, nobody would ever wake it.
  require(!m.try_lock() && !s.try_lock() && !s.try_lock_shared(), "held by another thread");
  require(!e.try_wait() && !none.try_acquire() && !l.try_wait(), "not set, no permit, not open");
  require(!empty.try_get() && !full.try_put(2) && !never.try_get(), "nothing there, no room");
  enough.set();
  holder.join();
  p.set_value(1);
}
