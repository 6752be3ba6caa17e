/// \file
/// All deadlines of one loop: a hierarchical wheel with O(1) insertion and removal.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <tutti/core/timer.hpp>

namespace tutti::detail {

/// Eleven wheels of 64 slots over ticks of 1.024 µs; a timer lies on the wheel where its tick first
/// differs from the present one, and moves to a finer one when the present reaches its slot. Never
/// early; of two timers the earlier deadline fires first, equal ones in the order of arming.
/// Varghese, Lauck: "Hashed and hierarchical timing wheels" (SOSP 1987), scheme 6; here the slots
/// carry occupancy bitmaps, so the next deadline is found without walking empty slots, and expiry
/// compares nanoseconds, not ticks.
///
/// Not synchronised: the owner guards it.
class timer_wheel {
 public:
  explicit timer_wheel(time_point now) noexcept;
  ~timer_wheel();

  void insert(timer& t) noexcept;
  /// Takes an armed timer out.
  void remove(timer& t) noexcept;
  /// Moves the present to `now` and takes out what is due, in order; null when nothing more is.
  timer* pop_due(time_point now) noexcept;
  /// No timer fires before this; exact when it is near. `time_point::max()` when there is none.
  time_point next_deadline() noexcept;
  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }

 private:
  static constexpr unsigned tick_bits = 10;
  static constexpr unsigned slot_bits = 6;
  static constexpr unsigned slots = 1U << slot_bits;
  // 9 × 6 + 10 bits: more than a signed 64-bit count of nanoseconds
  static constexpr unsigned levels = 9;
  struct place {
    unsigned level;
    unsigned slot;
    std::uint64_t start;  ///< first tick of the slot
  };

  static std::uint64_t tick_of(time_point t) noexcept;
  bool first_slot(place& out) noexcept;
  void put(timer& t) noexcept;
  void collect(time_point now) noexcept;
  void take_due(list<timer>& slot, time_point now) noexcept;

  std::array<std::array<list<timer>, slots>, levels> wheel_;
  std::array<std::uint64_t, levels> occupied_{};  ///< bit set: the slot may hold timers
  list<timer> due_;
  std::uint64_t present_;  ///< tick up to which slots were emptied
  std::size_t size_ = 0;
};

}  // namespace tutti::detail
