/// \file
/// So many a second, and not more.
#pragma once

#include <concepts>
#include <cstddef>
#include <utility>

#include <tutti/base/time.hpp>
#include <tutti/core/task.hpp>
#include <tutti/sync/semaphore.hpp>

namespace tutti {

/// A token bucket: `burst` permits at once, then `rate` permits a second. What is taken is used up.
///
/// Threads:  everything from threads and tasks, in any mix.
/// Lifetime: outlives its waiters; destroying it while somebody waits ends the program.
/// Wakes:    the one that waits longest sleeps until its permit is there, then lets the next come.
/// Order:    first come, first served.
/// Cancel:   a waiter that gives up has taken nothing; the next one takes its place.
///
/// Not positive rates and a `burst` of 0 are `std::invalid_argument`.
/// ```
/// tutti::rate_limiter polite{10.0, 1};
/// co_await polite.async_acquire();   // at most ten requests a second
/// ```
/// Source: J. Turner's leaky bucket (1986) seen as a meter.
class rate_limiter {
 public:
  template <std::integral N>
  rate_limiter(double rate, N burst)
      : rate_limiter(
            rate, detail::checked_count(std::cmp_less(burst, 0), static_cast<std::size_t>(burst)),
            checked()) {}
  ~rate_limiter();
  rate_limiter(const rate_limiter&) = delete;
  rate_limiter& operator=(const rate_limiter&) = delete;

  /// Takes a permit; waits until there is one.
  void acquire() { try_acquire_until(time_point::max()); }
  bool try_acquire() noexcept;
  /// False, at once, when there will be none within `d`.
  bool try_acquire_for(detail::timespan d) { return try_acquire_until(detail::limit_after(d)); }
  bool try_acquire_until(time_point limit);
  /// Awaits a permit.
  task<void> async_acquire();

  struct statistics_type {
    double available;
    std::size_t waiting;
  };
  /// A snapshot; old as soon as it is there.
  statistics_type statistics() const noexcept;

 private:
  struct checked {};
  class in_line;
  rate_limiter(double rate, std::size_t burst, checked);
  bool take_if_first() noexcept;
  /// Takes a permit, or says when there will be one.
  bool take(time_point& when) noexcept;
  void refill() noexcept TUTTI_REQUIRES(mu_);

  mutable sys::mutex mu_;
  semaphore turn_{1};  ///< held by the one that waits for the next permit
  std::size_t waiting_ TUTTI_GUARDED_BY(mu_) = 0;
  double available_ TUTTI_GUARDED_BY(mu_);
  time_point filled_ TUTTI_GUARDED_BY(mu_);
  const double per_ns_;
  const double burst_;
};

}  // namespace tutti
