/// \file
/// The only randomness: a small seeded generator. Who wants entropy asks `sys::entropy()` once and
/// seeds this.
#pragma once

#include <cstdint>

namespace tutti::detail {

__extension__ using wide = unsigned __int128;

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014).
/// Deterministic from its seed; `split()` gives an independent stream, so that using one does not
/// disturb another.
class random {
 public:
  explicit constexpr random(std::uint64_t seed) noexcept : state_(seed) {}

  constexpr std::uint64_t next() noexcept {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  /// Uniform in [0, bound); 0 for bound 0. Multiply-shift (Lemire), bias below 2^-32 for small
  /// bounds.
  constexpr std::uint64_t below(std::uint64_t bound) noexcept {
    return static_cast<std::uint64_t>((static_cast<wide>(next()) * bound) >> 64U);
  }
  /// Uniform in [0, 1).
  constexpr double unit() noexcept { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }
  constexpr random split() noexcept { return random(next()); }

 private:
  std::uint64_t state_;
};

}  // namespace tutti::detail
