/// \file
/// A meeting point for a fixed number of tasks and threads.
#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <utility>

#include <tutti/base/time.hpp>
#include <tutti/sync/detail/wait_list.hpp>
#include <tutti/sync/semaphore.hpp>

namespace tutti {

class barrier;

namespace detail {

struct barrier_waiter : waiter {
  struct params {
    barrier* of;
  };
  barrier_waiter(task_cell& c, params p) noexcept;
  /// Its index, or throws broken_barrier.
  std::size_t result() const;

  barrier& of;
  std::size_t index = 0;
  bool broken = false;
  static const wait_rule rule_of;
};

}  // namespace detail

/// Lets `n` tasks or threads go on together, round after round.
///
/// Threads:  everything from threads and tasks, in any mix.
/// Lifetime: outlives its waiters; destroying it while somebody waits ends the program.
/// Wakes:    the last to arrive wakes all; abort() and reset() wake all with `broken_barrier`.
/// Order:    what happened before each arrival is seen by all who go on.
/// Cancel:   who gives up is not counted; the barrier stays whole.
///
/// `barrier{0}` is `std::invalid_argument`. Source: `threading.Barrier`.
class barrier {
 public:
  template <std::integral N>
  explicit barrier(N n)
      : barrier(detail::checked_count(std::cmp_less(n, 0), static_cast<std::size_t>(n)),
                parties_tag()) {}
  ~barrier();
  barrier(const barrier&) = delete;
  barrier& operator=(const barrier&) = delete;

  /// Waits for the others; gives 0 to the first of this round, `n - 1` to the last. Throws
  /// `broken_barrier`.
  std::size_t arrive_and_wait();
  /// The same for at most `d`; empty when it ran out, and then it did not arrive.
  std::optional<std::size_t> try_arrive_and_wait_for(detail::timespan d) {
    return try_arrive_and_wait_until(detail::limit_after(d));
  }
  std::optional<std::size_t> try_arrive_and_wait_until(time_point limit);
  auto async_arrive_and_wait() noexcept {
    return detail::awaited_op<detail::barrier_waiter, detail::barrier_waiter::params>({this});
  }
  /// Breaks it: who waits and who comes later gets `broken_barrier`, until reset().
  void abort() noexcept;
  /// Makes it whole and empty; who waits gets `broken_barrier`.
  void reset() noexcept;
  std::size_t parties() const noexcept { return parties_; }

  struct statistics_type {
    std::size_t parties;
    std::size_t waiting;
    bool broken;
  };
  /// A snapshot; old as soon as it is there.
  statistics_type statistics() const noexcept;

 private:
  friend struct detail::barrier_waiter;
  struct parties_tag {};
  barrier(std::size_t n, parties_tag);
  bool start(detail::barrier_waiter& w, bool may_wait) noexcept;
  void break_up(bool stays_broken) noexcept;

  mutable sys::mutex mu_;
  detail::wait_list waiters_;  // guarded by mu_
  bool broken_ TUTTI_GUARDED_BY(mu_) = false;
  const std::size_t parties_;
};

}  // namespace tutti
