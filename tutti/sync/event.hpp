/// \file
/// A flag that tasks and threads wait for.
#pragma once

#include <tutti/base/time.hpp>
#include <tutti/sync/detail/wait_list.hpp>

namespace tutti {

class event;

namespace detail {

struct event_waiter : waiter {
  struct params {
    event* of;
  };
  event_waiter(task_cell& c, params p) noexcept;
  void result() const noexcept {}

  event& of;
  static const wait_rule rule_of;
};

}  // namespace detail

/// A flag: `wait` lets through while it is set.
///
/// Threads:  everything from threads and tasks, in any mix.
/// Lifetime: outlives its waiters; destroying it while somebody waits ends the program.
/// Wakes:    set() wakes all; they resume on their own executors, never inside set().
/// Order:    what happened before set() is seen after wait().
/// Cancel:   a cancelled waiter has left the list before it resumes; one that was woken first
///           completes.
/// ```
/// co_await ready.async_wait();   // in a task
/// ready.wait();                  // in a thread
/// ready.set();                   // anywhere
/// ```
/// Source: `asyncio.Event`, `threading.Event`.
class event {
 public:
  event() noexcept : waiters_(mu_) {}
  ~event();
  event(const event&) = delete;
  event& operator=(const event&) = delete;

  /// Lets everybody who waits go on, and who comes later too, until clear().
  void set() noexcept;
  /// Makes later waits wait again; those that were let go on stay so.
  void clear() noexcept;
  bool is_set() const noexcept {
    sys::decide_only(sys::operation::look, this);
    return set_.load(sys::acquire);  // pairs: event.set
  }
  /// Blocks until it is set.
  void wait() { try_wait_until(time_point::max()); }
  /// Blocks for at most `d`; false when it ran out. Not positive: looks once.
  bool try_wait_for(detail::timespan d) { return try_wait_until(detail::limit_after(d)); }
  bool try_wait_until(time_point limit);
  bool try_wait() noexcept { return is_set(); }
  /// Awaits the flag.
  auto async_wait() noexcept {
    return detail::awaited_op<detail::event_waiter, detail::event_waiter::params>({this});
  }

  struct statistics_type {
    bool is_set;
    std::size_t waiting;
  };
  /// A snapshot; old as soon as it is there.
  statistics_type statistics() const noexcept;

 private:
  friend struct detail::event_waiter;
  bool start(detail::event_waiter& w, bool may_wait) noexcept;

  sys::atomic<bool> set_{false};  // written under mu_
  mutable sys::mutex mu_;
  detail::wait_list waiters_;  // guarded by mu_
};

}  // namespace tutti
