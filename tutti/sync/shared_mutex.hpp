/// \file
/// Many readers or one writer.
#pragma once

#include <cstdint>
#include <source_location>
#include <utility>

#include <tutti/base/time.hpp>
#include <tutti/sync/detail/heir.hpp>
#include <tutti/sync/detail/owner_table.hpp>
#include <tutti/sync/detail/wait_list.hpp>
#include <tutti/sync/detail/watched_lock.hpp>
#include <tutti/sync/lock_guard.hpp>

namespace tutti {

class shared_mutex;

/// Holds a shared_mutex for reading until the end of the block; otherwise as lock_guard.
/// ```
/// auto reader = co_await m.async_lock_shared();   // in a task
/// tutti::shared_lock_guard reader{m};             // in a thread
/// ```
class [[nodiscard("without a name the lock is given back at once")]] shared_lock_guard {
 public:
  using mutex_type = shared_mutex;
  shared_lock_guard() noexcept = default;
  explicit shared_lock_guard(shared_mutex& m,
                             std::source_location at = std::source_location::current());
  shared_lock_guard(shared_lock_guard&& other) noexcept
      : mutex_(std::exchange(other.mutex_, nullptr)), owner_(std::exchange(other.owner_, 0)) {}
  shared_lock_guard& operator=(shared_lock_guard&& other) noexcept {
    shared_lock_guard moved(std::move(other));
    std::swap(mutex_, moved.mutex_);
    std::swap(owner_, moved.owner_);
    return *this;
  }
  ~shared_lock_guard() {
    if (owner_ != 0) unlock();
  }
  bool owns_lock() const noexcept { return owner_ != 0; }
  explicit operator bool() const noexcept { return owns_lock(); }
  /// Gives the lock back early. Throws `not_owner` if this guard holds nothing.
  void unlock();
  shared_mutex* mutex() const noexcept { return mutex_; }

 private:
  friend class shared_mutex;
  shared_lock_guard(shared_mutex& m, std::uint64_t owner) noexcept : mutex_(&m), owner_(owner) {}
  shared_mutex* mutex_ = nullptr;
  std::uint64_t owner_ = 0;
};

namespace detail {

struct shared_waiter : waiter {
  struct params {
    shared_mutex* of;
    std::source_location at;
  };
  shared_waiter(const wait_rule& r, task_cell& c, params p, bool for_reading,
                patience until) noexcept;

  shared_mutex& of;
  std::uint64_t owner;
  bool reads;
  patience waits_until;
  std::source_location at;
  /// Under the lock: readers that waited behind a writer who gave up go on.
  static void left_line(waiter& w, wake_batch& woken) noexcept;
  static const wait_rule writing;
  static const wait_rule reading;
};

struct write_waiter : shared_waiter {
  write_waiter(task_cell& c, params p, patience until = patience::endless) noexcept
      : shared_waiter(writing, c, p, false, until) {}
  lock_guard<shared_mutex> result() const noexcept;
};

struct read_waiter : shared_waiter {
  read_waiter(task_cell& c, params p, patience until = patience::endless) noexcept
      : shared_waiter(reading, c, p, true, until) {}
  shared_lock_guard result() const noexcept;
};

}  // namespace detail

/// Held by many readers or by one writer, first come, first served: a reader that comes after a
/// waiting writer waits behind it, unless it reads already.
///
/// Threads:  everything from threads and tasks, in any mix; unlocking by the owner.
/// Lifetime: outlives its waiters; destroying it while somebody waits ends the program.
/// Wakes:    the last to leave wakes the next writer, or all readers up to the next writer. A
///           thread that was woken to write may be overtaken, as with mutex.
/// Order:    what happened before a writer's unlock() is seen after the next lock, what readers did
///           before their unlock_shared() by the next writer.
/// Cancel:   as mutex; when a waiting writer gives up, readers behind it go on.
///
/// A *SharedLockable*: `std::unique_lock` and `std::shared_lock` take it in threads.
/// Errors: `deadlock` when the writer locks again in any way, or a reader wants to write, or when
/// locks are watched (lock_watch.hpp) and the wait would close a ring; `not_owner` and
/// `blocking_call` as mutex.
/// Source: `std::shared_timed_mutex`.
class shared_mutex {
 public:
  shared_mutex(std::source_location made_at = std::source_location::current()) noexcept
      : waiters_(mu_), watched_(detail::watch_lock("shared_mutex", made_at)) {}
  ~shared_mutex();
  shared_mutex(const shared_mutex&) = delete;
  shared_mutex& operator=(const shared_mutex&) = delete;

  /// For writing.
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
  void unlock();
  /// Awaits it for writing; gives a `lock_guard<shared_mutex>`.
  auto async_lock(std::source_location at = std::source_location::current()) noexcept {
    return detail::awaited_op<detail::write_waiter, detail::shared_waiter::params>({this, at});
  }

  /// For reading.
  void lock_shared(std::source_location at = std::source_location::current()) {
    try_lock_shared_until(time_point::max(), at);
  }
  bool try_lock_shared(std::source_location at = std::source_location::current()) {
    return try_lock_shared_until(time_point::min(), at);
  }
  bool try_lock_shared_for(detail::timespan d,
                           std::source_location at = std::source_location::current()) {
    return try_lock_shared_until(detail::limit_after(d), at);
  }
  bool try_lock_shared_until(time_point limit,
                             std::source_location at = std::source_location::current());
  void unlock_shared();
  /// Awaits it for reading; gives a `shared_lock_guard`.
  auto async_lock_shared(std::source_location at = std::source_location::current()) noexcept {
    return detail::awaited_op<detail::read_waiter, detail::shared_waiter::params>({this, at});
  }

  struct statistics_type {
    std::uint64_t writer;  ///< `this_task::id()` of who writes, 0 if nobody does
    std::size_t readers;   ///< tasks and threads that read
    std::size_t waiting;
  };
  /// A snapshot; old as soon as it is there.
  statistics_type statistics() const noexcept;

 private:
  friend class lock_guard<shared_mutex>;
  friend class shared_lock_guard;
  friend struct detail::shared_waiter;
  friend struct detail::write_waiter;
  friend struct detail::read_waiter;
  enum class verdict : unsigned char { have, wait, never };
  void unlock_for(std::uint64_t who);
  void unlock_shared_for(std::uint64_t who);
  bool start(detail::shared_waiter& w, bool may_wait);
  verdict judge(const detail::shared_waiter& w) noexcept TUTTI_REQUIRES(mu_);
  void let_in(detail::wake_batch& woken) noexcept TUTTI_REQUIRES(mu_);
  bool wait_again(detail::shared_waiter& w) noexcept;
  lock_guard<shared_mutex> guard_for(std::uint64_t who) noexcept { return {*this, who}; }
  shared_lock_guard shared_guard_for(std::uint64_t who) noexcept { return {*this, who}; }

  mutable sys::mutex mu_;
  detail::wait_list waiters_;  // guarded by mu_
  detail::heir heir_ TUTTI_GUARDED_BY(mu_);  ///< a writer
  std::uint64_t writer_ TUTTI_GUARDED_BY(mu_) = 0;
  detail::owner_table readers_ TUTTI_GUARDED_BY(mu_);  ///< with room for everybody who waits
  detail::watched_lock* const watched_;
};

inline shared_lock_guard::shared_lock_guard(shared_mutex& m, std::source_location at) : mutex_(&m) {
  m.lock_shared(at);
  owner_ = detail::current_cell().actor();
}

}  // namespace tutti
