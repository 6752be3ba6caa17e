/// \file
/// Mutual exclusion between tasks, between threads, and between both.
#pragma once

#include <cstdint>
#include <source_location>

#include <tutti/base/time.hpp>
#include <tutti/sync/detail/wait_list.hpp>
#include <tutti/sync/detail/watched_lock.hpp>
#include <tutti/sync/lock_guard.hpp>

namespace tutti {

class mutex;

namespace detail {

struct lock_waiter : waiter {
  struct params {
    mutex* of;
    std::source_location at;
  };
  lock_waiter(task_cell& c, params p, patience until = patience::endless) noexcept;
  lock_guard<mutex> result() const noexcept;

  mutex& of;
  std::uint64_t owner;  ///< whom the lock will belong to
  patience waits_until;
  std::source_location at;
  static void gave_up(waiter& w, wake_batch& woken) noexcept;
  static const wait_rule rule_of;
};

}  // namespace detail

/// One at a time. Owned by the task or the thread that locked it.
///
/// Who waits is served in the order of coming. A task is handed the lock. A thread is woken when it
/// is free, and until it runs others may take the lock before it, at most 128 times; then it is
/// handed over too. So threads that take turns need not sleep at each of them, and nobody starves.
///
/// Threads:  everything from threads and tasks, in any mix; unlock() by the owner.
/// Lifetime: outlives its waiters; destroying it while somebody waits ends the program.
/// Wakes:    unlock(), the one that waits longest; it resumes on its own executor.
/// Order:    what happened before unlock() is seen after the next lock.
/// Cancel:   a waiter that gives up has left the list before it goes on; granted but not seen, it
///           is passed on.
///
/// A *Lockable*: `std::scoped_lock`, `std::unique_lock` and `std::condition_variable_any` take it
/// in threads. What runs inside `timeout`, `race` and `shield` acts for the task that awaits them.
/// Errors: `deadlock` when the owner locks again, or when locks are watched (lock_watch.hpp) and
/// the wait would close a ring; `not_owner` when somebody else unlocks; `blocking_call` when a
/// blocking form would have to wait on an event loop or in a coroutine. Where it was made and
/// where it is taken (the last parameters) is for that watch.
/// ```
/// auto hold = co_await m.async_lock();   // in a task
/// std::scoped_lock hold{m};              // in a thread
/// ```
/// Source: `asyncio.Lock`, `threading.Lock`, `std::timed_mutex`.
class mutex {
 public:
  mutex(std::source_location made_at = std::source_location::current()) noexcept
      : word_(0), waiters_(mu_), watched_(detail::watch_lock("mutex", made_at)) {
    if (TUTTI_UNLIKELY(watched_ != nullptr)) word_.store(queued, sys::relaxed);
  }
  ~mutex();
  mutex(const mutex&) = delete;
  mutex& operator=(const mutex&) = delete;

  /// Waits until it is free and takes it.
  TUTTI_INLINE void lock(std::source_location at = std::source_location::current()) {
    sys::decide_only(sys::operation::lock, this);
    detail::task_cell& self = detail::current_cell();
    if (TUTTI_UNLIKELY(!take(self.actor()))) lock_slow(self, at);
  }
  /// Takes it if it is free now. Also false when the caller itself holds it.
  bool try_lock(std::source_location at = std::source_location::current()) noexcept {
    sys::decide_only(sys::operation::lock, this);
    detail::task_cell& self = detail::current_cell();
    return TUTTI_LIKELY(take(self.actor())) || try_lock_slow(self, at);
  }
  /// Waits for at most `d`. Not positive: tries once; `duration::max()`: as lock().
  bool try_lock_for(detail::timespan d, std::source_location at = std::source_location::current()) {
    return try_lock_until(detail::limit_after(d), at);
  }
  bool try_lock_until(time_point limit, std::source_location at = std::source_location::current());
  /// Lets the next one in, if any waits. Throws `not_owner` when the caller does not hold it.
  TUTTI_INLINE void unlock() { unlock_for(detail::current_cell().actor()); }
  /// Awaits it; gives a `lock_guard<mutex>`. Cancel: leaves the line without trace.
  auto async_lock(std::source_location at = std::source_location::current()) noexcept {
    return detail::awaited_op<detail::lock_waiter, detail::lock_waiter::params>({this, at});
  }

  struct statistics_type {
    bool locked;
    std::uint64_t owner;  ///< `this_task::id()` of who holds it, 0 if nobody does
    std::size_t waiting;
  };
  /// A snapshot; old as soon as it is there.
  statistics_type statistics() const noexcept;

 private:
  friend class lock_guard<mutex>;
  friend struct detail::lock_waiter;

  // The word: whose it is (0: free), how often an heir was overtaken, and two marks.
  static constexpr std::uint64_t queued = 1;  ///< somebody may wait: go through the list's lock
  static constexpr std::uint64_t inherited = 2;  ///< a thread was woken to take it: see `heir_`
  static constexpr std::uint64_t overtaking = 4;  ///< one of `waiter::overtakings_max`
  static constexpr unsigned owner_shift = 10;
  static constexpr std::uint64_t owner_of(std::uint64_t word) noexcept {
    return word >> owner_shift;
  }
  static constexpr std::uint64_t overtakings(std::uint64_t word) noexcept {
    return (word >> 2U) & 0xFFU;
  }

  TUTTI_INLINE bool take(std::uint64_t who) noexcept {
    std::uint64_t expected = 0;
    return word_.compare_exchange(expected, who << owner_shift, sys::acquire,
                                  sys::relaxed);  // pairs: tutti.mutex.unlock
  }
  TUTTI_INLINE void unlock_for(std::uint64_t who) {
    sys::decide_only(sys::operation::unlock, this);
    std::uint64_t expected = who << owner_shift;
    // release, pairs: tutti.mutex.unlock
    if (TUTTI_UNLIKELY(!word_.compare_exchange(expected, 0, sys::release, sys::relaxed)))
      unlock_slow(who);
  }
  void lock_slow(detail::task_cell& self, std::source_location at);
  bool try_lock_slow(detail::task_cell& self, std::source_location at) noexcept;
  void unlock_slow(std::uint64_t who);
  void hand_over(std::uint64_t who) noexcept;
  /// Takes it if it is free, also before an heir.
  bool overtake(std::uint64_t who) noexcept;
  /// The heir runs. False: the lock is its own. True: others were faster; it waits again, first.
  bool wait_again(detail::lock_waiter& w) noexcept;
  bool start(detail::lock_waiter& w, bool may_wait);
  bool start_watched(detail::lock_waiter& w, bool may_wait);
  bool take_watched(detail::task_cell& self, std::uint64_t who, std::source_location at,
                    bool blocking_form) noexcept;
  lock_guard<mutex> guard_for(std::uint64_t who) noexcept { return {*this, who}; }

  /// A watched mutex is always `queued`, so that everything about it happens under the list's lock.
  sys::atomic<std::uint64_t> word_;
  mutable sys::mutex mu_;
  detail::wait_list waiters_;  // guarded by mu_
  /// Out of the list and woken; not null exactly while the word is `inherited`.
  detail::lock_waiter* heir_ TUTTI_GUARDED_BY(mu_) = nullptr;
  detail::watched_lock* const watched_;
};

}  // namespace tutti
