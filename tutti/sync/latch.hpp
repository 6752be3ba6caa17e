/// \file
/// A gate that opens once, after a number of events.
#pragma once

#include <concepts>
#include <cstddef>
#include <utility>

#include <tutti/base/time.hpp>
#include <tutti/sync/detail/wait_list.hpp>
#include <tutti/sync/semaphore.hpp>

namespace tutti {

class latch;

namespace detail {

struct latch_waiter : waiter {
  struct params {
    latch* of;
  };
  latch_waiter(task_cell& c, params p) noexcept;
  void result() const noexcept {}

  latch& of;
  static const wait_rule rule_of;
};

}  // namespace detail

/// Counts down from `n`; `wait` lets through for ever once it is 0.
///
/// Threads:  everything from threads and tasks, in any mix.
/// Lifetime: outlives its waiters; destroying it while somebody waits ends the program.
/// Wakes:    the count_down() that reaches 0 wakes all.
/// Order:    what happened before every count_down() is seen after wait().
/// Cancel:   a waiter that gives up has left; one that was woken first completes.
///
/// Source: `std::latch`.
class latch {
 public:
  template <std::integral N>
  explicit latch(N n)
      : waiters_(mu_),
        count_(detail::checked_count(std::cmp_less(n, 0), static_cast<std::size_t>(n))) {}
  ~latch();
  latch(const latch&) = delete;
  latch& operator=(const latch&) = delete;

  /// Below zero: std::logic_error, and nothing is counted.
  void count_down(std::size_t k = 1);
  /// Is it open?
  bool try_wait() const noexcept;
  void wait() { try_wait_until(time_point::max()); }
  bool try_wait_for(detail::timespan d) { return try_wait_until(detail::limit_after(d)); }
  bool try_wait_until(time_point limit);
  void arrive_and_wait(std::size_t k = 1) {
    count_down(k);
    wait();
  }
  auto async_wait() noexcept {
    return detail::awaited_op<detail::latch_waiter, detail::latch_waiter::params>({this});
  }

  struct statistics_type {
    std::size_t count;
    std::size_t waiting;
  };
  /// A snapshot; old as soon as it is there.
  statistics_type statistics() const noexcept;

 private:
  friend struct detail::latch_waiter;
  bool start(detail::latch_waiter& w, bool may_wait) noexcept;

  mutable sys::mutex mu_;
  detail::wait_list waiters_;  // guarded by mu_; empty once it is open
  std::size_t count_ TUTTI_GUARDED_BY(mu_);
};

}  // namespace tutti
