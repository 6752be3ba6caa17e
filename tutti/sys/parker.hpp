/// \file
/// Puts one thread to sleep and wakes it. Every blocking operation of tutti ends here and nowhere
/// else.
#pragma once

#include <cstdint>

#include <tutti/base/time.hpp>
#include <tutti/sys/atomic.hpp>

namespace tutti::sys {

/// Threads:  park() and park_until() from the one owning thread; unpark() from anywhere.
/// Lifetime: outlives every unpark(); the owner may destroy it once it knows that none can come.
/// Wakes:    unpark() leaves a token that lets the next (or the current) park through; tokens do
///           not add up.
/// Order:    what happened before unpark() is seen after the park() that took its token.
/// Cancel:   not by itself; who wants to wake a sleeper early calls unpark() and tells it why.
class parker {
 public:
  parker() noexcept = default;
  parker(const parker&) = delete;
  parker& operator=(const parker&) = delete;

  void park() noexcept { park_until(time_point::max()); }
  /// True: woken by unpark(). False: the deadline passed (no token was taken).
  bool park_until(time_point deadline) noexcept;
  void unpark() noexcept;

  /// For a world: is a token there, and which strand sleeps here. owner: the simulation's one OS
  /// thread.
  bool take_token() noexcept;
  void* strand = nullptr;

 private:
  friend class world;
  static constexpr std::uint32_t empty = 0;
  static constexpr std::uint32_t token = 1;
  static constexpr std::uint32_t sleeping = 2;
  atomic<std::uint32_t> word_{empty};
};

}  // namespace tutti::sys
