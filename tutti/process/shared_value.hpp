/// \file
/// `shared_value<T>`: one value that processes change together.
#pragma once

#include <new>
#include <type_traits>
#include <utility>

#include <tutti/process/backend/robust_mutex.hpp>
#include <tutti/process/detail/shared_handle.hpp>

namespace tutti {

/// A value in shared memory with its lock. A handle: copies, and what a task gets, are the same
/// value.
///
/// Threads:  everything from any thread of any process.
/// Lifetime: counted, as shared_array.
/// Wakes:    nobody but those who wait for the lock.
/// Order:    calls happen one after the other.
/// Cancel:   cannot be; the lock is held for a copy, or as long as the function given to with()
/// takes. A process that
///           dies inside with() leaves what it had written so far; the value stays usable.
/// ```
/// tutti::shared_value<long> total{0};
/// total.with([](long& t) { t += 5; });
/// ```
/// Source: `multiprocessing.Value`.
template <class T>
class shared_value {
  static_assert(std::is_trivially_copyable_v<T>,
                "tutti: a shared_value lies in several address spaces at once: its type must be "
                "trivially copyable and "
                "hold no pointers");

 public:
  explicit shared_value(T value = T{})
      : block_(detail::shared_block::make("tutti-value", sizeof(layout))) {
    ::new (static_cast<void*>(block_->data())) layout{{}, value};
  }
  T load() const {
    const detail::robust_lock guard{at().mutex};
    return at().value;
  }
  void store(T value) {
    const detail::robust_lock guard{at().mutex};
    at().value = value;
  }
  /// `fn(T&)` under the lock; gives back, by value, what it returns.
  template <class Fn>
  auto with(Fn&& fn) {
    const detail::robust_lock guard{at().mutex};
    return std::forward<Fn>(fn)(at().value);
  }

 private:
  friend struct detail::handle_crossing<shared_value>;
  struct layout {
    detail::robust_mutex mutex;
    T value;
  };
  explicit shared_value(detail::shared_block::handle block) noexcept : block_(std::move(block)) {}
  layout& at() const noexcept { return block_->template at<layout>(); }

  detail::shared_block::handle block_;
};

template <class T>
struct wire::crossing<shared_value<T>> : tutti::detail::handle_crossing<shared_value<T>> {};

}  // namespace tutti
