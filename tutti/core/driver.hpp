/// \file
/// The seam between a loop and the outside world: where it sleeps, who wakes it, what becomes ready
/// meanwhile.
#pragma once

#include <tutti/base/time.hpp>

namespace tutti::detail {

class io_engine;

/// Threads:  wait() and poll() by the loop's thread; interrupt() from anywhere, also from a signal
///           handler.
/// Lifetime: outlives its loop.
/// Wakes:    interrupt() ends a wait() that is under way, or else the next one.
/// Order:    what happened before interrupt() is seen after the wait() it ended.
/// Cancel:   not by itself.
class driver {
 public:
  virtual ~driver() = default;
  /// Sleeps until something is ready, `deadline`, or interrupt(); then delivers what is ready
  /// (wakes tasks).
  virtual void wait(time_point deadline) noexcept = 0;
  /// Delivers what is ready without sleeping.
  virtual void poll() noexcept = 0;
  virtual void interrupt() noexcept = 0;
  /// Are operations in flight that the outside world will complete? (A simulation must know before
  /// it calls a deadlock.)
  virtual bool has_work() const noexcept { return false; }
  virtual const char* label() const noexcept = 0;
  /// What watches descriptors for the tasks of this loop; null where there is no real I/O (a
  /// simulation).
  virtual io_engine* engine() noexcept { return nullptr; }
};

}  // namespace tutti::detail
