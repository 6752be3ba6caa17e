/// \file
/// Data of a scenario whose every access is a place where strands may change.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include <tutti/sys/atomic.hpp>
#include <tutti/sys/modelled_atomic.hpp>
#include <tutti/testing/detail/allocations.hpp>

namespace tutti::testing {

/// Lets the explorer run somebody else here. The caller is demoted: a loop that waits by calling it
/// is no livelock as long as another strand can get on. Nothing outside of a simulation.
void yield_point();

/// Sequentially consistent: what std::atomic_thread_fence is for real atomics.
void fence() noexcept;

}  // namespace tutti::testing

namespace tutti::detail {

/// A place where strands may change, before `object` is read or written, and nothing else is.
void look_at(const void* object) noexcept;
void touch(const void* object) noexcept;
bool touches_are_recorded() noexcept;
void record_touch(std::string text) noexcept;

template <class T>
std::string value_text(const T& value) {
  if constexpr (std::same_as<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_arithmetic_v<T>) {
    return std::to_string(value);
  } else if constexpr (std::is_enum_v<T>) {
    return std::to_string(static_cast<long long>(value));
  } else if constexpr (std::is_pointer_v<T>) {
    return value == nullptr ? "null" : "a pointer";
  } else if constexpr (std::is_convertible_v<const T&, std::string>) {
    return '"' + std::string(value) + '"';
  } else {
    return "a value";
  }
}

/// For the lanes, and only then: the text is the laboratory's memory.
template <class T>
void note_touch(const char* what, const T& value) {
  if (!touches_are_recorded()) return;
  const unfailing own;
  record_touch(what + value_text(value));
}

}  // namespace tutti::detail

namespace tutti::testing {

/// A variable that several strands use without a lock, and should not: the explorer preempts before
/// every read and every write, so `x = x + 1` is a read and a write with room between them. Outside
/// of a simulation a plain `T`, with a plain T's data races. With `options.weak_memory` a read may
/// see an older value unless something has ordered it behind the write.
///
/// Threads:  as a plain variable.
/// Lifetime: as a plain variable.
/// Wakes:    nobody.
/// Order:    none.
/// Cancel:   cannot be.
template <class T>
class shared {
 public:
  shared() { made(); }
  shared(T value) : value_(std::move(value)) { made(); }  // NOLINT: stands for a T
  shared(const shared&) = delete;

  T load() const {
    detail::look_at(this);
    T out = seen();
    note("read ", out);
    return out;
  }
  void store(T value) {
    detail::touch(this);
    note("write ", value);
    replace(std::move(value));
  }
  operator T() const { return load(); }  // NOLINT: stands for a T
  shared& operator=(T value) {
    store(std::move(value));
    return *this;
  }
  shared& operator=(const shared& other) {
    store(other.load());
    return *this;
  }
  shared& operator+=(const T& by) { return *this = static_cast<T>(load() + by); }
  shared& operator-=(const T& by) { return *this = static_cast<T>(load() - by); }
  shared& operator++() { return *this = static_cast<T>(load() + 1); }
  shared& operator--() { return *this = static_cast<T>(load() - 1); }
  T operator++(int) {
    T before = load();
    store(static_cast<T>(before + 1));
    return before;
  }
  T operator--(int) {
    T before = load();
    store(static_cast<T>(before - 1));
    return before;
  }
  /// The value without a step: for the test that looks afterwards.
  const T& peek() const noexcept { return value_; }

 private:
  static constexpr bool has_history = sys::fits_memory_model<T>;
  static void note(const char* what, const T& value) { detail::note_touch(what, value); }
  void made() {
    if (has_history && sys::current_memory != nullptr) sys::current_memory->made(this);
  }
  T seen() const {
    if constexpr (has_history) {
      if (sys::current_memory != nullptr) {
        const std::uint64_t newest = sys::to_word(value_);
        return sys::from_word(sys::current_memory->load(this, newest, sys::relaxed), value_);
      }
    }
    return value_;
  }
  void replace(T value) {
    if constexpr (has_history) {
      if (sys::current_memory != nullptr) {
        sys::current_memory->store(this, sys::to_word(value_), sys::to_word(value), sys::relaxed);
      }
    }
    value_ = std::move(value);
  }
  T value_{};
};

/// An atomic variable of a scenario: the explorer preempts before every operation, and each is one
/// step. Sequentially consistent unless you give an order, which `options.weak_memory` takes at its
/// word: a load may then see any value that C++ allows.
///
/// Threads:  all from anywhere.
/// Lifetime: outlives its users.
/// Wakes:    nobody.
/// Order:    sequentially consistent, or what you give.
/// Cancel:   cannot be.
template <class T>
class atomic {
 public:
  atomic() noexcept = default;
  atomic(T value) noexcept : value_(value) {}  // NOLINT: as std::atomic
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;

  T load(std::memory_order order = sys::seq_cst) const noexcept {  // pairs: testing.atomic
    const T out = value_.load(order);
    note("load ", out);
    return out;
  }
  void store(T value, std::memory_order order = sys::seq_cst) noexcept {  // pairs: testing.atomic
    value_.store(value, order);
    note("store ", value);
  }
  T exchange(T value, std::memory_order order = sys::seq_cst) noexcept {  // pairs: testing.atomic
    const T before = value_.exchange(value, order);
    note("exchange ", value);
    return before;
  }
  /// Strong. A failed comparison is a load: `failure` is its order.
  bool compare_exchange(T& expected, T desired,
                        std::memory_order success = sys::seq_cst,  // pairs: testing.atomic
                        std::memory_order failure = sys::relaxed) noexcept {
    const bool done = value_.compare_exchange(expected, desired, success, failure);
    note(done ? "swap to " : "find ", done ? desired : expected);
    return done;
  }
  /// The same, but with `options.weak_memory` it may fail although the value is the expected one.
  bool compare_exchange_weak(T& expected, T desired,
                             std::memory_order success = sys::seq_cst,  // pairs: testing.atomic
                             std::memory_order failure = sys::relaxed) noexcept {
    const bool done = value_.compare_exchange_weak(expected, desired, success, failure);
    note(done ? "swap to " : "find ", done ? desired : expected);
    return done;
  }
  T fetch_add(T by, std::memory_order order = sys::seq_cst) noexcept {  // pairs: testing.atomic
    const T before = value_.fetch_add(by, order);
    note("add to ", before);
    return before;
  }
  T fetch_sub(T by, std::memory_order order = sys::seq_cst) noexcept {  // pairs: testing.atomic
    const T before = value_.fetch_sub(by, order);
    note("subtract from ", before);
    return before;
  }
  operator T() const noexcept { return load(); }  // NOLINT: as std::atomic
  T operator=(T value) noexcept {
    store(value);
    return value;
  }
  T operator++() noexcept { return static_cast<T>(fetch_add(1) + 1); }
  T operator--() noexcept { return static_cast<T>(fetch_sub(1) - 1); }

 private:
  static void note(const char* what, const T& value) { detail::note_touch(what, value); }
  sys::modelled_atomic<T> value_{};
};

}  // namespace tutti::testing
