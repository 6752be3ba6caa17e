/// \file
/// Counted permits: `semaphore` and `bounded_semaphore`.
#pragma once

#include <concepts>
#include <cstddef>
#include <limits>
#include <utility>

#include <tutti/base/time.hpp>
#include <tutti/sync/detail/wait_list.hpp>
#include <tutti/sync/permit.hpp>

namespace tutti {
namespace detail {

class counting;

struct acquire_waiter : waiter {
  struct params {
    counting* of;
  };
  acquire_waiter(task_cell& c, params p) noexcept;
  permit result() const noexcept;

  counting& of;
  static const wait_rule rule_of;
};

/// Throws std::invalid_argument for a negative count.
std::size_t checked_count(bool negative, std::size_t n);

/// What both semaphores are.
///
/// Threads:  everything from threads and tasks, in any mix; whoever wants may release.
/// Lifetime: outlives its waiters; destroying it while somebody waits ends the program.
/// Wakes:    release(k) hands permits to the k that wait longest.
/// Order:    what happened before release() is seen after the acquire() that got the permit.
/// Cancel:   a waiter that gives up has left the list; a permit granted but not seen is passed on.
class counting {
 public:
  counting(const counting&) = delete;
  counting& operator=(const counting&) = delete;

  /// Takes a permit; waits while there is none.
  void acquire() { try_acquire_until(time_point::max()); }
  /// Takes one if there is one now.
  bool try_acquire() { return try_acquire_until(time_point::min()); }
  /// Waits for at most `d`; false when it ran out.
  bool try_acquire_for(timespan d) { return try_acquire_until(limit_after(d)); }
  bool try_acquire_until(time_point limit);
  /// Awaits a permit; gives it as an RAII `permit`.
  auto async_acquire() noexcept {
    return awaited_op<acquire_waiter, acquire_waiter::params>({this});
  }
  /// Gives back `k` permits. More than the bound of a bounded_semaphore: `not_owner`, and none is
  /// given back.
  void release(std::size_t k = 1);

  struct statistics_type {
    std::size_t available;
    std::size_t waiting;
  };
  /// A snapshot; old as soon as it is there.
  statistics_type statistics() const noexcept;

 protected:
  counting(std::size_t n, std::size_t most) noexcept
      : waiters_(mu_), available_(n), available_max_(most) {}
  ~counting();

 private:
  friend struct acquire_waiter;
  friend class tutti::permit;
  bool start(acquire_waiter& w, bool may_wait) noexcept;
  permit taken() noexcept;
  bool give(std::size_t k) noexcept;

  mutable sys::mutex mu_;
  wait_list waiters_;  // guarded by mu_; empty while permits are available
  std::size_t available_ TUTTI_GUARDED_BY(mu_);
  const std::size_t available_max_;
};

}  // namespace detail

/// `n` permits; `release` may add more than there were at first.
///
/// `acquire` (blocks), `try_acquire`, `try_acquire_for`, `async_acquire()` (gives an RAII
/// `permit`), `release(k)`. First come, first served. A negative `n` is `std::invalid_argument`.
/// ```
/// tutti::semaphore downloads{8};
/// auto one = co_await downloads.async_acquire();
/// ```
/// Source: Dijkstra's semaphore; `asyncio.Semaphore`.
class semaphore : public detail::counting {
 public:
  template <std::integral N>
  explicit semaphore(N n)
      : counting(detail::checked_count(std::cmp_less(n, 0), static_cast<std::size_t>(n)),
                 std::numeric_limits<std::size_t>::max()) {}
};

/// `n` permits, never more: a release too many throws `not_owner`. Otherwise as semaphore.
/// Source: `asyncio.BoundedSemaphore`.
class bounded_semaphore : public detail::counting {
 public:
  template <std::integral N>
  explicit bounded_semaphore(N n)
      : counting(detail::checked_count(std::cmp_less(n, 0), static_cast<std::size_t>(n)),
                 static_cast<std::size_t>(n)) {}
};

}  // namespace tutti
