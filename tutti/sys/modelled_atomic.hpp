/// \file
/// The atomic whose every access a simulation sees: `sys::atomic` in the model build.
#pragma once

#include <atomic>
#include <type_traits>

#include <tutti/sys/memory_model.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::sys {

/// As `sys::atomic`. In a simulation every access is a place where strands may change, and the
/// simulation's memory model says what a load sees. The newest value always stands in the variable
/// itself, so outside of simulations nothing is different.
///
/// Threads:  as std::atomic.
/// Lifetime: as std::atomic.
/// Wakes:    nobody.
/// Order:    what the caller says.
/// Cancel:   cannot be.
template <class T>
class modelled_atomic {
 public:
  constexpr modelled_atomic() noexcept { made(); }
  constexpr modelled_atomic(T value) noexcept : value_(value) { made(); }  // NOLINT: as std::atomic
  modelled_atomic(const modelled_atomic&) = delete;
  modelled_atomic& operator=(const modelled_atomic&) = delete;

  T load(std::memory_order order) const noexcept {
    decide_only(operation::look, this);
    const T newest = value_.load(order);
    if (current_memory == nullptr) return newest;
    return from_word(current_memory->load(this, to_word(newest), order), newest);
  }
  void store(T value, std::memory_order order) noexcept {
    step();
    const T before = value_.exchange(value, order);
    if (current_memory != nullptr) {
      current_memory->store(this, to_word(before), to_word(value), order);
    }
  }
  T exchange(T value, std::memory_order order) noexcept {
    step();
    return replaced(value_.exchange(value, order), value, order);
  }
  bool compare_exchange(T& expected, T desired, std::memory_order success,
                        std::memory_order failure) noexcept {
    step();
    return compare(expected, desired, success, failure);
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order success,
                             std::memory_order failure) noexcept {
    step();
    if (current_memory != nullptr &&
        to_word(value_.load(std::memory_order_relaxed)) == to_word(expected) &&
        current_memory->fails_for_nothing()) {
      current_memory->look(this, to_word(expected), failure);
      return false;
    }
    return compare(expected, desired, success, failure);
  }
  T fetch_add(T value, std::memory_order order) noexcept {
    step();
    const T before = value_.fetch_add(value, order);
    return replaced(before, static_cast<T>(before + value), order);
  }
  T fetch_sub(T value, std::memory_order order) noexcept {
    step();
    const T before = value_.fetch_sub(value, order);
    return replaced(before, static_cast<T>(before - value), order);
  }
  T fetch_or(T value, std::memory_order order) noexcept {
    step();
    const T before = value_.fetch_or(value, order);
    return replaced(before, static_cast<T>(before | value), order);
  }
  T fetch_and(T value, std::memory_order order) noexcept {
    step();
    const T before = value_.fetch_and(value, order);
    return replaced(before, static_cast<T>(before & value), order);
  }
  const T* address() const noexcept { return reinterpret_cast<const T*>(&value_); }
  T* address() noexcept { return reinterpret_cast<T*>(&value_); }

 private:
  constexpr void made() const noexcept {
    if (!std::is_constant_evaluated() && current_memory != nullptr) current_memory->made(this);
  }
  void step() const noexcept { decide_only(operation::access, this); }
  T replaced(T before, T after, std::memory_order order) noexcept {
    if (current_memory != nullptr) {
      current_memory->exchange(this, to_word(before), to_word(after), order);
    }
    return before;
  }
  bool compare(T& expected, T desired, std::memory_order success,
               std::memory_order failure) noexcept {
    const bool done = value_.compare_exchange_strong(expected, desired, success, failure);
    if (current_memory == nullptr) return done;
    if (done) {
      current_memory->exchange(this, to_word(expected), to_word(desired), success);
    } else {
      current_memory->look(this, to_word(expected), failure);
    }
    return done;
  }

  static_assert(sizeof(std::atomic<T>) == sizeof(T));
  std::atomic<T> value_{};
};

}  // namespace tutti::sys
