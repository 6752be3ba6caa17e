/// \file
/// The one way to ask what time it is.
#pragma once

#include <tutti/base/time.hpp>

namespace tutti {

/// The clock of everything in tutti: steady, and virtual under `tutti::testing`.
/// A *Clock* as in [time.clock.req]; its time_point is that of `std::chrono::steady_clock`. Costs
/// what `steady_clock::now()` costs. Source: Python's `loop.time()`.
struct clock {
  using duration = tutti::duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = tutti::time_point;
  static constexpr bool is_steady = true;
  static time_point now() noexcept;
};

}  // namespace tutti
