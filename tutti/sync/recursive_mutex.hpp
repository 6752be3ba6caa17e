/// \file
/// A mutex whose owner may lock it again.
#pragma once

#include <cstdint>
#include <source_location>

#include <tutti/base/time.hpp>
#include <tutti/sync/detail/heir.hpp>
#include <tutti/sync/detail/wait_list.hpp>
#include <tutti/sync/detail/watched_lock.hpp>
#include <tutti/sync/lock_guard.hpp>

namespace tutti {

class recursive_mutex;

namespace detail {

class held_levels;

struct recursive_waiter : waiter {
  struct params {
    recursive_mutex* of;
    std::source_location at;
  };
  recursive_waiter(task_cell& c, params p, patience until = patience::endless) noexcept;
  lock_guard<recursive_mutex> result() const noexcept;

  recursive_mutex& of;
  std::uint64_t owner;
  patience waits_until;
  std::source_location at;
  static void gave_up(waiter& w, wake_batch& woken) noexcept;
  static const wait_rule rule_of;
};

}  // namespace detail

/// As mutex, but its owner may lock it again; it is free after as many unlocks.
///
/// Threads:  everything from threads and tasks, in any mix; unlock() by the owner.
/// Lifetime: outlives its waiters; destroying it while somebody waits ends the program.
/// Wakes:    the last unlock(), the one that waits longest, as mutex.
/// Order:    what happened before the last unlock() is seen after the next lock.
/// Cancel:   as mutex.
///
/// The owner is the task or the thread; what runs inside `timeout`, `race` and `shield` acts for
/// the task that awaits them, the children of a `gather` are owners of their own.
/// Errors: `not_owner`, `blocking_call`, and `deadlock` when locks are watched, as mutex.
/// Source: `threading.RLock`.
class recursive_mutex {
 public:
  recursive_mutex(std::source_location made_at = std::source_location::current()) noexcept
      : waiters_(mu_), watched_(detail::watch_lock("recursive_mutex", made_at)) {}
  ~recursive_mutex();
  recursive_mutex(const recursive_mutex&) = delete;
  recursive_mutex& operator=(const recursive_mutex&) = delete;

  /// Takes it, or one more level of it.
  void lock(std::source_location at = std::source_location::current()) {
    try_lock_until(time_point::max(), at);
  }
  bool try_lock(std::source_location at = std::source_location::current()) {
    return try_lock_until(time_point::min(), at);
  }
  bool try_lock_for(detail::timespan d, std::source_location at = std::source_location::current()) {
    return try_lock_until(detail::limit_after(d), at);
  }
  bool try_lock_until(time_point limit, std::source_location at = std::source_location::current());
  /// Gives one level back. Throws `not_owner` when the caller does not hold it.
  void unlock();
  /// Awaits it; gives a `lock_guard<recursive_mutex>` for one level.
  auto async_lock(std::source_location at = std::source_location::current()) noexcept {
    return detail::awaited_op<detail::recursive_waiter, detail::recursive_waiter::params>(
        {this, at});
  }

  struct statistics_type {
    std::uint64_t owner;  ///< `this_task::id()` of who holds it, 0 if nobody does
    std::size_t levels;
    std::size_t waiting;
  };
  /// A snapshot; old as soon as it is there.
  statistics_type statistics() const noexcept;

 private:
  friend class lock_guard<recursive_mutex>;
  friend struct detail::recursive_waiter;
  friend class detail::held_levels;
  void unlock_for(std::uint64_t who);
  bool start(detail::recursive_waiter& w, bool may_wait);
  bool wait_again(detail::recursive_waiter& w) noexcept;
  void pass_on(detail::wake_batch& woken) noexcept TUTTI_REQUIRES(mu_);
  lock_guard<recursive_mutex> guard_for(std::uint64_t who) noexcept { return {*this, who}; }
  /// For a condition: leaves one level and says how many more there were; adds them again.
  std::size_t drop_levels() noexcept;
  void add_levels(std::size_t n) noexcept;

  mutable sys::mutex mu_;
  detail::wait_list waiters_;  // guarded by mu_; empty while it is free and has no heir
  detail::heir heir_ TUTTI_GUARDED_BY(mu_);
  std::uint64_t owner_ TUTTI_GUARDED_BY(mu_) = 0;
  std::size_t levels_ TUTTI_GUARDED_BY(mu_) = 0;
  detail::watched_lock* const watched_;
};

}  // namespace tutti
