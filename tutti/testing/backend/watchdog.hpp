/// \file
/// Tells when a simulation stands still because something in it blocks its one OS thread.
#pragma once

#include <cstdint>
#include <memory>

namespace tutti::detail {

/// All strands of a simulation share one OS thread, so a call that blocks it (`std::mutex`, `read`,
/// `sleep`) stops everybody for ever. Who stands in such a call for a second ends the program with
/// a sentence and the stack; a loop without a step is told once and goes on. A stopped or slow
/// machine is no reason: the thread must be seen asleep, again and again.
///
/// Threads:  beat(), enter() and leave() from the watched thread.
/// Lifetime: the simulation's.
/// Wakes:    nobody.
/// Order:    none; it only looks.
/// Cancel:   its thread ends with it.
class watchdog {
 public:
  watchdog();
  ~watchdog();
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;

  /// A step was taken. Not a `sys::atomic`: in the model build those are steps themselves.
  void beat() noexcept { __atomic_store_n(&beats_, beats_ + 1, __ATOMIC_RELAXED); }
  /// A run begins. The first one starts the watching thread.
  void enter();
  void leave() noexcept { __atomic_store_n(&inside_, 0U, __ATOMIC_RELAXED); }

 private:
  struct looker;
  friend struct looker;
  std::uint64_t beats_ = 0;
  unsigned inside_ = 0;
  std::unique_ptr<looker> looks_;
};

}  // namespace tutti::detail
