/// \file
/// Permits that belong to whoever borrowed them.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <tutti/base/time.hpp>
#include <tutti/sync/detail/owner_table.hpp>
#include <tutti/sync/detail/wait_list.hpp>
#include <tutti/sync/permit.hpp>
#include <tutti/sync/semaphore.hpp>

namespace tutti {

class capacity_limiter;

namespace detail {

struct borrow_waiter : waiter {
  struct params {
    capacity_limiter* of;
    bool for_itself;  ///< the permit belongs to whoever holds it
  };
  borrow_waiter(task_cell& c, params p) noexcept;
  permit result() const noexcept;

  capacity_limiter& of;
  std::uint64_t borrower;
  static const wait_rule rule_of;
};

}  // namespace detail

/// At most `n` borrowers at a time, each with one permit: how much of something may be in use.
///
/// Threads:  everything from threads and tasks, in any mix; release() by the borrower.
/// Lifetime: outlives its waiters; destroying it while somebody waits ends the program.
/// Wakes:    release() and a greater total hand permits to those that wait longest.
/// Order:    what happened before release() is seen after the acquire() that got the permit.
/// Cancel:   a waiter that gives up has left the list; a permit granted but not seen is passed on.
///
/// Errors: a second borrow by one borrower is an `error`, a release without a borrow `not_owner`.
/// Source: trio.CapacityLimiter.
class capacity_limiter {
 public:
  template <std::integral N>
  explicit capacity_limiter(N n)
      : waiters_(mu_),
        total_(detail::checked_count(std::cmp_less(n, 0), static_cast<std::size_t>(n))) {}
  ~capacity_limiter();
  capacity_limiter(const capacity_limiter&) = delete;
  capacity_limiter& operator=(const capacity_limiter&) = delete;

  void acquire() { try_acquire_until(time_point::max()); }
  bool try_acquire() { return try_acquire_until(time_point::min()); }
  bool try_acquire_for(detail::timespan d) { return try_acquire_until(detail::limit_after(d)); }
  bool try_acquire_until(time_point limit);
  void release();
  /// Awaits a permit; gives it as an RAII `permit`.
  auto async_acquire() noexcept {
    return detail::awaited_op<detail::borrow_waiter, detail::borrow_waiter::params>({this, false});
  }
  /// Awaits a permit that belongs to whoever holds it, not to this task: one task may have several,
  /// and what it started may keep one when it goes on itself.
  auto async_borrow() noexcept {
    return detail::awaited_op<detail::borrow_waiter, detail::borrow_waiter::params>({this, true});
  }

  std::size_t borrowed() const noexcept { return statistics().borrowed; }
  std::size_t waiting() const noexcept { return statistics().waiting; }
  std::size_t total() const noexcept { return statistics().total; }
  /// Allows more or fewer from now on; nobody loses what he has borrowed.
  void set_total(std::size_t n) noexcept;

  struct statistics_type {
    std::size_t total;
    std::size_t borrowed;
    std::size_t waiting;
  };
  /// A snapshot; old as soon as it is there.
  statistics_type statistics() const noexcept;

 private:
  friend struct detail::borrow_waiter;
  friend class permit;
  bool start(detail::borrow_waiter& w, bool may_wait);
  bool give_back(std::uint64_t borrower) noexcept;
  void let_in(detail::wake_batch& woken) noexcept TUTTI_REQUIRES(mu_);
  permit taken_by(std::uint64_t borrower) noexcept;
  permit taken() noexcept { return taken_by(detail::current_cell().actor()); }

  mutable sys::mutex mu_;
  detail::wait_list waiters_;  // guarded by mu_; empty while there is capacity
  std::size_t total_ TUTTI_GUARDED_BY(mu_);
  std::size_t taken_ TUTTI_GUARDED_BY(mu_) = 0;
  detail::owner_table borrowers_ TUTTI_GUARDED_BY(mu_);  ///< with room for everybody who waits
};

}  // namespace tutti
