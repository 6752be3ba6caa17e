/// \file
/// Callables: a move-only owner (C++23's move_only_function, absent in g++ 12) and a non-owning
/// reference.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include <tutti/base/assert.hpp>

namespace tutti::detail {

template <class Signature>
class function;

/// Owns a callable; small ones (three pointers, nothrow movable) lie inside. Calling an empty one
/// aborts.
template <class R, class... Args>
class function<R(Args...)> {
 public:
  function() noexcept = default;
  function(std::nullptr_t) noexcept {}
  template <class F>
    requires(!std::is_same_v<std::decay_t<F>, function> &&
             std::is_invocable_r_v<R, std::decay_t<F>&, Args...>)
  function(F&& f) {  // NOLINT: as std::function, from any callable
    using stored = std::decay_t<F>;
    if constexpr (sizeof(stored) <= sizeof(space_) &&
                  alignof(stored) <= alignof(std::max_align_t) &&
                  std::is_nothrow_move_constructible_v<stored>) {
      ::new (static_cast<void*>(space_)) stored(std::forward<F>(f));
      ops_ = &ops_of<stored, false>;
    } else {
      ::new (static_cast<void*>(space_)) stored*(new stored(std::forward<F>(f)));
      ops_ = &ops_of<stored, true>;
    }
  }
  function(function&& other) noexcept { take(other); }
  function& operator=(function&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  ~function() { reset(); }

  explicit operator bool() const noexcept { return ops_ != nullptr; }
  TUTTI_CORO_WRAPPER R operator()(Args... args) {
    TUTTI_CHECK(ops_ != nullptr, "an empty callable was called");
    return ops_->call(space_, std::forward<Args>(args)...);
  }
  void reset() noexcept {
    if (ops_ != nullptr) std::exchange(ops_, nullptr)->destroy(space_);
  }

 private:
  struct operations {
    R (*call)(void*, Args&&...);
    void (*move)(void* from, void* to) noexcept;
    void (*destroy)(void*) noexcept;
  };
  template <class F, bool OnHeap>
  static F& get(void* space) noexcept {
    if constexpr (OnHeap) {
      return **static_cast<F**>(space);
    } else {
      return *std::launder(static_cast<F*>(space));
    }
  }
  template <class F, bool OnHeap>
  TUTTI_CORO_WRAPPER static R call_of(void* space, Args&&... args) {
    return static_cast<R>(get<F, OnHeap>(space)(std::forward<Args>(args)...));
  }
  template <class F, bool OnHeap>
  static constexpr operations ops_of{
      &call_of<F, OnHeap>,
      [](void* from, void* to) noexcept {
        if constexpr (OnHeap) {
          ::new (to) F*(*static_cast<F**>(from));
        } else {
          ::new (to) F(std::move(get<F, false>(from)));
          get<F, false>(from).~F();
        }
      },
      [](void* space) noexcept {
        if constexpr (OnHeap) {
          delete &get<F, true>(space);
        } else {
          get<F, false>(space).~F();
        }
      }};
  void take(function& other) noexcept {
    ops_ = std::exchange(other.ops_, nullptr);
    if (ops_ != nullptr) ops_->move(other.space_, space_);
  }

  const operations* ops_ = nullptr;
  alignas(std::max_align_t) std::byte space_[3 * sizeof(void*)];
};

template <class Signature>
class function_ref;

/// Refers to a callable that outlives the call it is passed to.
template <class R, class... Args>
class function_ref<R(Args...)> {
 public:
  template <class F>
    requires(!std::is_same_v<std::decay_t<F>, function_ref> &&
             std::is_invocable_r_v<R, F&, Args...>)
  function_ref(F&& f) noexcept  // NOLINT: implicit, as a parameter type
      : object_(address_of(f)), call_(&call_of<std::remove_reference_t<F>>) {}
  TUTTI_CORO_WRAPPER R operator()(Args... args) const {
    return call_(object_, std::forward<Args>(args)...);
  }

 private:
  template <class F>
  TUTTI_CORO_WRAPPER static R call_of(void* object, Args... args) {
    if constexpr (std::is_function_v<F>) {
      return static_cast<R>(reinterpret_cast<F*>(object)(std::forward<Args>(args)...));
    } else {
      return static_cast<R>((*static_cast<F*>(object))(std::forward<Args>(args)...));
    }
  }
  template <class F>
  static void* address_of(F& f) noexcept {
    if constexpr (std::is_function_v<F>) {
      return reinterpret_cast<void*>(&f);  // POSIX lets a function's address travel as void*
    } else {
      return const_cast<void*>(static_cast<const void*>(std::addressof(f)));
    }
  }
  void* object_;
  R (*call_)(void*, Args...);
};

}  // namespace tutti::detail
