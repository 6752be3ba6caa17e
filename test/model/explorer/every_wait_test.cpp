// Every wait of every primitive: by threads alone, by tasks alone, by both at once, each time with
// one that waits for ever, one with a time limit and one that may be cancelled. Whoever waits for
// ever is let in, whatever the others do, and in the end the primitive is as if nobody had waited.
#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <optional>
#include <utility>

#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include "budget.hpp"

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

// How each primitive is closed at first, opened, waited for and left ------------------------------

template <class M>
struct lock_subject {
  M m;
  lock_subject() { m.lock(); }
  void open() { m.unlock(); }
  void wait() { const lock_guard hold{m}; }
  bool wait_for(duration d) {
    if (!m.try_lock_for(d)) return false;
    m.unlock();
    return true;
  }
  task<> async_wait() { auto hold = co_await m.async_lock(); }
  bool at_rest() {
    if (m.statistics().waiting != 0 || !m.try_lock()) return false;
    m.unlock();
    return true;
  }
};

struct read_subject {
  shared_mutex m;
  read_subject() { m.lock(); }
  void open() { m.unlock(); }
  void wait() { const shared_lock_guard hold{m}; }
  bool wait_for(duration d) {
    if (!m.try_lock_shared_for(d)) return false;
    m.unlock_shared();
    return true;
  }
  task<> async_wait() { auto hold = co_await m.async_lock_shared(); }
  bool at_rest() { return m.statistics().waiting == 0 && m.statistics().readers == 0; }
};

template <class S>
struct permit_subject {
  S s{1};
  permit_subject() { s.acquire(); }
  void open() { s.release(); }
  void wait() { const permit one{s}; }
  bool wait_for(duration d) {
    if (!s.try_acquire_for(d)) return false;
    s.release();
    return true;
  }
  task<> async_wait() { auto one = co_await s.async_acquire(); }
  bool at_rest() {
    if (s.statistics().waiting != 0 || !s.try_acquire()) return false;
    s.release();
    return true;
  }
};

struct event_subject {
  event e;
  void open() { e.set(); }
  void wait() { e.wait(); }
  bool wait_for(duration d) { return e.try_wait_for(d); }
  task<> async_wait() { co_await e.async_wait(); }
  bool at_rest() { return e.statistics().waiting == 0; }
};

struct latch_subject {
  latch l{1};
  void open() { l.count_down(); }
  void wait() { l.wait(); }
  bool wait_for(duration d) { return l.try_wait_for(d); }
  task<> async_wait() { co_await l.async_wait(); }
  bool at_rest() { return l.statistics().waiting == 0; }
};

/// Wakes one; each that goes through wakes the next.
struct condition_subject {
  mutex m;
  condition c;
  bool is_open = false;
  void open() {
    const std::scoped_lock hold{m};
    is_open = true;
    c.notify_one();
  }
  void wait() {
    std::unique_lock hold{m};
    c.wait(hold, [this] { return is_open; });
    c.notify_one();
  }
  bool wait_for(duration d) {
    std::unique_lock hold{m};
    const bool got = c.try_wait_for(hold, d, [this] { return is_open; });
    if (got) c.notify_one();
    return got;
  }
  task<> async_wait() {
    auto hold = co_await m.async_lock();
    const auto opened = [this] { return is_open; };
    co_await c.async_wait(hold, opened);
    c.notify_one();
  }
  bool at_rest() { return c.statistics().waiting == 0 && !m.statistics().locked; }
};

/// An item that goes round.
template <class Q>
struct get_subject {
  Q q;
  void open() { q.put(7); }
  void wait() { q.put(q.get()); }
  bool wait_for(duration d) {
    const std::optional<int> x = q.try_get_for(d);
    if (x) q.put(*x);
    return x.has_value();
  }
  task<> async_wait() {
    const int x = co_await q.async_get();
    q.put(x);
  }
  bool at_rest() { return q.size() == 1 && q.statistics().getters == 0 && q.get() == 7; }
};

/// Room for one that goes round.
struct put_subject {
  queue<int> q{1};
  put_subject() { q.put(1); }
  void leave() { lab::check(q.try_get().has_value()); }
  void open() { leave(); }
  void wait() {
    q.put(2);
    leave();
  }
  bool wait_for(duration d) {
    const bool got = q.try_put_for(2, d);
    if (got) leave();
    return got;
  }
  task<> async_wait() {
    co_await q.async_put(2);
    leave();
  }
  bool at_rest() { return q.empty() && q.statistics().putters == 0; }
};

struct join_subject {
  queue<int> q;
  join_subject() {
    q.put(1);
    (void)q.get();
  }
  void open() { q.task_done(); }
  void wait() { q.join(); }
  bool wait_for(duration d) { return q.try_join_for(d); }
  task<> async_wait() { co_await q.async_join(); }
  bool at_rest() { return q.statistics().unfinished == 0; }
};

/// Opens by itself, as time passes.
struct rate_subject {
  rate_limiter r{1000.0, 1};
  rate_subject() { r.acquire(); }
  void open() {}
  void wait() { r.acquire(); }
  bool wait_for(duration d) { return r.try_acquire_for(d); }
  task<> async_wait() { co_await r.async_acquire(); }
  bool at_rest() { return r.statistics().waiting == 0; }
};

// Who waits ---------------------------------------------------------------------------------------

/// Each of the three kinds has a third of the schedules of its primitive.
lab::options third() {
  lab::options o = budget();
  o.schedules = o.schedules / 3 + 1;
  return o;
}

template <class S>
void threads_only() {
  lab::explore(third(), [] {
    S s;
    bool let_in = false;
    {
      thread patient{"patient", [&] {
                       s.wait();
                       let_in = true;
                     }};
      thread hasty{"hasty", [&] { (void)s.wait_for(1ms); }};
      thread other{"other", [&] { s.wait(); }};
      s.open();
    }
    lab::check(let_in && s.at_rest());
  });
}

template <class S>
task<> waits(S& s, int& let_in) {
  co_await s.async_wait();
  ++let_in;
}

template <class S>
task<> all_kinds(S& s, cancel_scope& scope, int& let_in) {
  int others = 0;
  (void)co_await gather(scope.run(waits(s, others)), waits(s, let_in),
                        move_on_after(1ms, waits(s, others)));
}

task<> cancels(cancel_scope& scope) {
  co_await yield();
  scope.cancel();
}

template <class S>
void tasks_only() {
  lab::explore(third(), [] {
    std::optional<S> s;
    int let_in = 0;
    // What is locked is unlocked by the same task: this thread's own, around the runs.
    s.emplace();
    event_loop one;
    event_loop two;
    cancel_scope scope;
    future<void> first = one.submit(all_kinds(*s, scope, let_in));
    future<void> second = two.submit(cancels(scope));
    s->open();
    first.get();
    second.get();
    lab::check(let_in == 1 && s->at_rest());
  });
}

template <class S>
void mixed() {
  lab::explore(third(), [] {
    S s;
    int let_in = 0;
    {
      cancel_scope scope;
      thread loop{"loop", [&] { run(all_kinds(s, scope, let_in)); }};
      thread hasty{"hasty", [&] { (void)s.wait_for(1ms); }};
      thread canceller{"canceller", [&] { scope.cancel(); }};
      s.open();
    }
    lab::check(let_in == 1 && s.at_rest());
  });
}

template <class S>
class every_wait : public ::testing::Test {};
using subjects =
    ::testing::Types<lock_subject<mutex>, lock_subject<recursive_mutex>, lock_subject<shared_mutex>,
                     read_subject, permit_subject<semaphore>, permit_subject<bounded_semaphore>,
                     permit_subject<capacity_limiter>, event_subject, latch_subject,
                     condition_subject, get_subject<queue<int>>, get_subject<lifo_queue<int>>,
                     get_subject<priority_queue<int>>, put_subject, join_subject, rate_subject>;

struct names {
  template <class S>
  static std::string GetName(int i) {
    constexpr const char* all[] = {"mutex",          "recursive_mutex",
                                   "shared_mutex",   "reading",
                                   "semaphore",      "bounded_semaphore",
                                   "limiter",        "event",
                                   "latch",          "condition",
                                   "queue",          "lifo_queue",
                                   "priority_queue", "put",
                                   "join",           "rate_limiter"};
    return all[i];
  }
};
TYPED_TEST_SUITE(every_wait, subjects, names);

TYPED_TEST(every_wait, by_threads) { threads_only<TypeParam>(); }
TYPED_TEST(every_wait, by_tasks) { tasks_only<TypeParam>(); }
TYPED_TEST(every_wait, by_both) { mixed<TypeParam>(); }

}  // namespace
}  // namespace tutti
