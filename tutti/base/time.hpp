/// \file
/// Durations and points in time, with arithmetic that saturates instead of wrapping.
#pragma once

// libstdc++ has durations and clocks in a file of their own, which <mutex> includes as well;
// <chrono> adds streams for the calendar, and those every consumer would pay for
// (tool/compile_cost.py).
#if __has_include(<bits/chrono.h>)
#include <bits/chrono.h>
#else
#include <chrono>
#endif
#include <concepts>
#include <type_traits>

namespace tutti {

/// Nanoseconds. `duration::max()` means "for ever" wherever a limit is asked for.
using duration = std::chrono::nanoseconds;
/// A point on `tutti::clock` (and on `std::chrono::steady_clock`: the type is the same).
using time_point = std::chrono::time_point<std::chrono::steady_clock, duration>;

namespace detail {

/// Any `std::chrono` duration, saturated to what nanoseconds can say: the parameter type of every
/// timed function.
class timespan {
 public:
  template <class Rep, class Period>
  constexpr timespan(std::chrono::duration<Rep, Period> d) noexcept : value_(saturate(d)) {}
  constexpr duration value() const noexcept { return value_; }
  constexpr operator duration() const noexcept { return value_; }

 private:
  template <class Rep, class Period>
  static constexpr duration saturate(std::chrono::duration<Rep, Period> d) noexcept {
    if constexpr (std::is_same_v<std::chrono::duration<Rep, Period>, duration>) {
      return d;
    } else {
      using seconds = std::chrono::duration<long double>;
      if (seconds(d) >= seconds(duration::max())) return duration::max();
      if (seconds(d) <= seconds(duration::min())) return duration::min();
      return std::chrono::duration_cast<duration>(d);
    }
  }
  duration value_;
};

/// `start + d`, staying within what a time_point can hold; a negative `d` gives a point in the
/// past.
constexpr time_point saturating_add(time_point start, duration d) noexcept {
  if (d > duration::zero() && start.time_since_epoch() > duration::max() - d)
    return time_point::max();
  if (d < duration::zero() && start.time_since_epoch() < duration::min() - d)
    return time_point::min();
  return start + d;
}

}  // namespace detail
}  // namespace tutti
