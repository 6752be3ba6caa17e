/// \file
/// The door to atomics: every order is spelled out by the caller.
#pragma once

#include <atomic>
#include <type_traits>

namespace tutti::sys {

inline constexpr auto relaxed = std::memory_order_relaxed;
inline constexpr auto acquire = std::memory_order_acquire;
inline constexpr auto release = std::memory_order_release;
inline constexpr auto acq_rel = std::memory_order_acq_rel;
inline constexpr auto seq_cst = std::memory_order_seq_cst;

}  // namespace tutti::sys

// In the model build (everything compiled with TUTTI_MODEL) the explorer may let another strand go
// before every access of an atomic, and a load may see an older value: so are the lock-free parts
// examined.
#if defined(TUTTI_MODEL)
#include <tutti/sys/modelled_atomic.hpp>

namespace tutti::sys {
template <class T>
using atomic = modelled_atomic<T>;
}

#else

namespace tutti::sys {

/// `std::atomic` without default orders. Who writes an order other than relaxed names its partner:
/// `pairs: …`.
template <class T>
class atomic {
 public:
  constexpr atomic() noexcept = default;
  constexpr atomic(T value) noexcept : value_(value) {}  // NOLINT: as std::atomic
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;

  T load(std::memory_order order) const noexcept { return value_.load(order); }
  void store(T value, std::memory_order order) noexcept { value_.store(value, order); }
  T exchange(T value, std::memory_order order) noexcept { return value_.exchange(value, order); }
  bool compare_exchange(T& expected, T desired, std::memory_order success,
                        std::memory_order failure) noexcept {
    return value_.compare_exchange_strong(expected, desired, success, failure);
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order success,
                             std::memory_order failure) noexcept {
    return value_.compare_exchange_weak(expected, desired, success, failure);
  }
  T fetch_add(T value, std::memory_order order) noexcept { return value_.fetch_add(value, order); }
  T fetch_sub(T value, std::memory_order order) noexcept { return value_.fetch_sub(value, order); }
  T fetch_or(T value, std::memory_order order) noexcept { return value_.fetch_or(value, order); }
  T fetch_and(T value, std::memory_order order) noexcept { return value_.fetch_and(value, order); }
  /// For the futex behind `sys`; nobody else takes the address.
  const T* address() const noexcept { return reinterpret_cast<const T*>(&value_); }
  T* address() noexcept { return reinterpret_cast<T*>(&value_); }

 private:
  static_assert(sizeof(std::atomic<T>) == sizeof(T));
  std::atomic<T> value_{};
};

}  // namespace tutti::sys

#endif
