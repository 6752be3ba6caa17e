/// \file
/// From a signal handler to a loop.
#pragma once

#include <cstdint>
#include <initializer_list>

#include <tutti/async/detail/io_engine.hpp>

namespace tutti::detail {

/// Threads:  the handler from anywhere; the rest by one loop.
/// Lifetime: its destructor waits until no handler is looking at it.
/// Wakes:    the handler writes to an eventfd that the loop watches.
/// Order:    the number is noted before the loop is told.
/// Cancel:   as readiness.
class signal_watch {
 public:
  static constexpr unsigned watches_max = 64;  ///< at once in this process
  explicit signal_watch(std::initializer_list<int> numbers);
  signal_watch(const signal_watch&) = delete;
  signal_watch& operator=(const signal_watch&) = delete;
  ~signal_watch();

  /// The lowest signal that has come, or 0.
  int take() noexcept;
  /// Empties the bell; afterwards ready() says when it rings again.
  void hush() noexcept;
  readiness& ready() noexcept { return bell_; }

 private:
  void leave() noexcept;
  io_descriptor bell_;
  std::uint64_t mask_ = 0;  // what was installed so far
  unsigned slot_ = watches_max;
};

}  // namespace tutti::detail
