/// \file
/// Waiting, with a lock given up meanwhile, until something has changed.
#pragma once

#include <concepts>
#include <cstddef>
#include <utility>

#include <tutti/base/error.hpp>
#include <tutti/base/time.hpp>
#include <tutti/core/scope_guard.hpp>
#include <tutti/sync/detail/wait_list.hpp>
#include <tutti/sync/lock_guard.hpp>
#include <tutti/sync/recursive_mutex.hpp>

TUTTI_CLOSURE_FRAMES_BEGIN

namespace tutti {

class condition;

namespace detail {

struct condition_waiter : waiter {
  condition_waiter(task_cell& c, condition& o) noexcept;
  /// Into the line; from now on a notification may come.
  void enlist() noexcept;
  /// Out again, when giving the lock up failed.
  void withdraw() noexcept;

  condition& of;
  static const wait_rule rule_of;
};

/// Keeps cancellation out: a lock that was given up for a wait is always taken back.
class uncancellable {
 public:
  explicit uncancellable(task_cell& self) noexcept
      : node_(cancel_node::kind::shield, self.scope), inside_(self, node_, time_point::max()) {}

 private:
  cancel_node node_;
  entered_scope inside_;
};

/// The extra levels of a recursive_mutex, held directly or through a guard: given up with the lock.
class held_levels {
 public:
  template <class Lock>
  explicit held_levels(Lock& lock) {
    if constexpr (std::same_as<Lock, recursive_mutex>) {
      of_ = &lock;
    } else if constexpr (requires {
                           { lock.mutex() } -> std::same_as<recursive_mutex*>;
                         }) {
      of_ = lock.mutex();
    }
    if constexpr (requires { lock.owns_lock(); }) {
      if (!lock.owns_lock()) throw_not_held();
    }
  }
  void give_up() noexcept {
    if (of_ != nullptr) levels_ = of_->drop_levels();
  }
  void take_back() noexcept {
    if (of_ != nullptr) of_->add_levels(levels_);
  }

 private:
  [[noreturn]] static void throw_not_held();
  recursive_mutex* of_ = nullptr;
  std::size_t levels_ = 0;
};

/// Enlists, gives the lock up, parks; says nothing about how it ended.
template <class Guard>
class released_wait : public native_awaiter {
 public:
  released_wait(condition_waiter& w, Guard& g, held_levels& l) noexcept
      : wait_(w), guard_(g), levels_(l) {}
  bool await_ready() const noexcept { return false; }
  /// Giving up a lock that the guard holds does not fail, unless somebody went behind its back.
  template <std::derived_from<promise_base> Promise>
  bool await_suspend(std::coroutine_handle<Promise> h) noexcept {
    wait_.enlist();
    levels_.give_up();
    guard_.unlock();
    wait_.parked = true;
    return wait_.cell->park(wait_, h);  // wakes: notify, which takes it out of the list
  }
  void await_resume() const noexcept {}

 private:
  condition_waiter& wait_;
  Guard& guard_;
  held_levels& levels_;
};

}  // namespace detail

/// Lets tasks and threads that hold a lock wait until others have changed what it guards.
///
/// Threads:  everything from threads and tasks, in any mix; waits with the lock held.
/// Lifetime: outlives its waiters; destroying it while somebody waits ends the program.
/// Wakes:    notify_one() the one that waits longest, notify_all() everybody.
/// Order:    that of the lock.
/// Cancel:   the lock is always taken back before a wait ends, also by `cancelled` or a time-out; a
///           notification for a waiter that was cancelled goes to the next.
///
/// Threads wait with any Lockable (`std::unique_lock<tutti::mutex>`, a guard, a mutex itself); of a
/// recursive_mutex every level is given up and taken back. Coroutines wait with what `async_lock()`
/// gave. Without a predicate a wait may end although nothing changed: look again.
/// ```
/// changed.wait(lock, [&] { return ready; });                  // in a thread
/// co_await changed.async_wait(hold, [&] { return ready; });   // in a task
/// ```
/// Errors: `not_owner` with a guard that holds nothing, `blocking_call`.
/// Source: `threading.Condition`, `std::condition_variable_any`.
class condition {
 public:
  condition() noexcept : waiters_(mu_) {}
  ~condition();
  condition(const condition&) = delete;
  condition& operator=(const condition&) = delete;

  void notify_one() noexcept;
  void notify_all() noexcept;

  template <class Lock>
  void wait(Lock& lock) {
    step(lock, time_point::max());
  }
  /// Waits until `pred()`, which is called with the lock held.
  template <class Lock, std::predicate Pred>
  void wait(Lock& lock, Pred pred) {
    while (!pred()) step(lock, time_point::max());
  }
  /// For at most `d`; false when it ran out (and the predicate is still false).
  template <class Lock>
  bool try_wait_for(Lock& lock, detail::timespan d) {
    return step(lock, detail::limit_after(d));
  }
  template <class Lock, std::predicate Pred>
  bool try_wait_for(Lock& lock, detail::timespan d, Pred pred) {
    return try_wait_until(lock, detail::limit_after(d), std::move(pred));
  }
  template <class Lock>
  bool try_wait_until(Lock& lock, time_point limit) {
    return step(lock, limit);
  }
  template <class Lock, std::predicate Pred>
  bool try_wait_until(Lock& lock, time_point limit, Pred pred) {
    while (!pred()) {
      if (!step(lock, limit)) return pred();
    }
    return true;
  }
  /// As the standard spells them.
  template <class Lock, class... Pred>
  bool wait_for(Lock& lock, detail::timespan d, Pred... pred) {
    return try_wait_for(lock, d, std::move(pred)...);
  }
  template <class Lock, class... Pred>
  bool wait_until(Lock& lock, time_point limit, Pred... pred) {
    return try_wait_until(lock, limit, std::move(pred)...);
  }

  /// Awaits a notification; `guard` is given up meanwhile and stays the caller's.
  template <class M>
  task<void> async_wait(lock_guard<M>& guard) {
    detail::held_levels levels(guard);
    detail::task_cell& self = co_await detail::this_cell();
    self.checkpoint();
    sys::decide(sys::operation::wait, this);
    M& mutex = *guard.mutex();
    detail::condition_waiter wait(self, *this);
    detail::released_wait<lock_guard<M>> parked(wait, guard, levels);
    co_await parked;
    {
      detail::uncancellable quiet(self);
      lock_guard<M> again = co_await mutex.async_lock();
      guard = std::move(again);
    }
    levels.take_back();
    wait.settle();
  }
  /// Awaits until `pred()`, which is called with the lock held.
  template <class M, std::predicate Pred>
  TUTTI_CORO_WRAPPER task<void> async_wait(lock_guard<M>& guard, Pred pred) {
    return wait_for_predicate(*this, guard, std::move(pred));
  }

  struct statistics_type {
    std::size_t waiting;
  };
  /// A snapshot; old as soon as it is there.
  statistics_type statistics() const noexcept;

 private:
  friend struct detail::condition_waiter;

  template <class M, class Pred>
  static task<void> wait_for_predicate(condition& self, lock_guard<M>& guard, Pred pred) {
    (void)detail::held_levels(guard);  // refuses a guard that holds nothing
    detail::task_cell& cell = co_await detail::this_cell();
    cell.checkpoint();
    while (!pred()) co_await self.async_wait(guard);
  }

  /// One wait of a thread. False: the limit passed.
  template <class Lock>
  bool step(Lock& lock, time_point limit) {
    detail::held_levels levels(lock);
    detail::condition_waiter wait(detail::current_cell(), *this);
    if (!may_sleep(wait, limit)) return false;
    wait.enlist();
    levels.give_up();
    try {
      lock.unlock();
    } catch (...) {
      levels.take_back();
      wait.withdraw();
      throw;
    }
    const bool notified = wait.sleep(limit);
    {
      detail::uncancellable quiet(*wait.cell);
      lock.lock();
    }
    levels.take_back();
    if (notified) wait.settle();
    return notified;
  }
  static bool may_sleep(detail::condition_waiter& w, time_point limit);

  mutable sys::mutex mu_;
  detail::wait_list waiters_;  // guarded by mu_
};

}  // namespace tutti

TUTTI_CLOSURE_FRAMES_END
