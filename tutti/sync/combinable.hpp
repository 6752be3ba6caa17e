/// \file
/// One value per thread, put together at the end.
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include <tutti/base/function.hpp>
#include <tutti/sys/atomic.hpp>
#include <tutti/sys/cacheline.hpp>

namespace tutti {
namespace detail {

/// What the value of one thread begins with.
struct slot_head {
  std::uint64_t thread = 0;
  slot_head* next = nullptr;
};

/// A number for the calling thread that no other thread ever gets.
std::uint64_t thread_number() noexcept;

/// Slots by thread.
///
/// Threads:  find() and add() from anywhere; walking while nobody adds.
/// Lifetime: slots stay until the table goes.
/// Wakes:    nobody.
/// Order:    a slot is written only by its thread; who walks must have been ordered after them.
/// Cancel:   nothing waits here.
class slot_table {
 public:
  slot_head* find(std::uint64_t thread) const noexcept;
  void add(slot_head& slot) noexcept;
  slot_head* first() const noexcept { return all_.load(sys::acquire); }  // pairs: slot_table.add
  /// Forgets all slots; they are the caller's.
  void clear() noexcept;

 private:
  static constexpr std::size_t recent_max = 64;
  sys::atomic<slot_head*> recent_[recent_max]{};  ///< by the low bits of the number
  sys::atomic<slot_head*> all_{nullptr};
};

}  // namespace detail

/// One value per thread, each in its own cache line: counting without sharing.
///
/// Threads:  local() from anywhere; combine(), for_each() and clear() while nobody uses local().
/// Lifetime: a value stays, with its thread gone too, until clear() or the end.
/// Wakes:    nobody.
/// Order:    combine() must come after the work whose values it reads (a join, a gather, a wait).
/// Cancel:   nothing waits here.
///
/// A task must not keep the reference across an await when its executor has several threads.
/// ```
/// tutti::combinable<long> sum;
/// tutti::parallel_for(pool, 0, n, [&](int i) { sum.local() += weight(i); });
/// long total = sum.combine(std::plus<>{});
/// ```
/// Source: `tbb::combinable`.
template <class T>
class combinable {
 public:
  combinable() = default;
  /// Every thread's value begins as `init()`.
  template <class Fn>
    requires std::is_invocable_r_v<T, Fn&>
  explicit combinable(Fn init) : init_(std::move(init)) {}
  ~combinable() { clear(); }
  combinable(const combinable&) = delete;
  combinable& operator=(const combinable&) = delete;

  /// The calling thread's value, made at first use.
  T& local() {
    const std::uint64_t me = detail::thread_number();
    if (auto* const found = static_cast<slot*>(table_.find(me)); found != nullptr) {
      return found->value;
    }
    auto made = std::make_unique<slot>(init_ ? init_() : T());
    made->thread = me;
    table_.add(*made);
    return made.release()->value;  // the table's, until clear()
  }
  /// `op(op(a, b), c)` over all values in no particular order; a fresh value where there is none.
  template <class Op>
  T combine(Op op) const {
    const auto* at = static_cast<const slot*>(table_.first());
    if (at == nullptr) return init_ ? init_() : T();
    T all = at->value;
    while ((at = static_cast<const slot*>(at->next)) != nullptr) {
      all = op(std::move(all), at->value);
    }
    return all;
  }
  template <class Fn>
  void for_each(Fn fn) {
    for (auto* at = table_.first(); at != nullptr; at = at->next) fn(static_cast<slot*>(at)->value);
  }
  /// Forgets every value.
  void clear() noexcept {
    auto* at = table_.first();
    while (at != nullptr) {
      auto* const next = at->next;
      delete static_cast<slot*>(at);
      at = next;
    }
    table_.clear();
  }

  struct statistics_type {
    std::size_t threads;
  };
  /// How many threads have a value.
  statistics_type statistics() const noexcept {
    std::size_t n = 0;
    for (auto* at = table_.first(); at != nullptr; at = at->next) ++n;
    return {n};
  }

 private:
  struct alignas(sys::cacheline) slot : detail::slot_head {
    explicit slot(T&& v) : value(std::move(v)) {}
    T value;
  };

  mutable detail::function<T()> init_;
  detail::slot_table table_;
};

}  // namespace tutti
