/// \file
/// Deadlines of many threads in one wheel.
#pragma once

#include <tutti/core/timer_wheel.hpp>
#include <tutti/sys/atomic.hpp>
#include <tutti/sys/mutex.hpp>

namespace tutti::detail {

/// Threads:  everything from anywhere.
/// Lifetime: empty when it is destroyed; nodes lie with who armed them.
/// Wakes:    nobody; who armed the earliest timer is told so and wakes the time keeper.
/// Order:    a timer fires after it was taken out, outside the lock.
/// Cancel:   disarm() takes a timer out (true), or it is firing or has fired.
class shared_timers {
 public:
  shared_timers();
  /// True if nothing was due earlier.
  bool arm(timer& t) noexcept;
  bool disarm(timer& t) noexcept;
  /// Fires everything due now, on the calling thread. Reads the clock only if something is armed.
  void fire_due() noexcept;
  /// Nothing fires before this.
  time_point next() noexcept;

 private:
  sys::mutex mu_;
  timer_wheel wheel_ TUTTI_GUARDED_BY(mu_);
  time_point earliest_ TUTTI_GUARDED_BY(mu_) = time_point::max();  ///< no armed timer is earlier
  sys::atomic<bool> any_{false};  ///< written under mu_; who peeks may be late by one round
};

}  // namespace tutti::detail
