/// \file
/// A driver without I/O: it only sleeps. For loops in a simulation, and for loops whose I/O was
/// never asked for.
#pragma once

#include <tutti/core/driver.hpp>
#include <tutti/sys/parker.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::detail {

/// Threads:  as driver.
/// Lifetime: as driver.
/// Wakes:    interrupt() leaves a token for the loop's parker.
/// Order:    as parker.
/// Cancel:   not by itself.
class plain_driver final : public driver {
 public:
  void wait(time_point deadline) noexcept override { sleeper_.park_until(deadline); }
  /// Tasks that only yield take no step that a simulation would see.
  void poll() noexcept override { sys::decide(sys::operation::yield, this); }
  void interrupt() noexcept override { sleeper_.unpark(); }
  const char* label() const noexcept override { return "none"; }

 private:
  sys::parker sleeper_;
};

}  // namespace tutti::detail
