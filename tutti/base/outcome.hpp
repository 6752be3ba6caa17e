/// \file
/// What a task ends with: a value or the exception that took its place.
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include <tutti/base/assert.hpp>

namespace tutti {
namespace detail {

/// The parameter of an overload that is for scalars only: numbers are converted in the caller's
/// line, where a compiler knows constants and says what it thinks of the rest.
template <class T>
using scalar_or_none = std::conditional_t<std::is_scalar_v<T>, T, std::nullptr_t>;

}  // namespace detail

/// The result of finished work, kept instead of thrown: a `T` or a `std::exception_ptr`.
///
/// `value()` (and `*`, `->`, which do not check) gives the value; `value()` of a failed one throws
/// what failed. `exception()` is null for a success. A default-constructed outcome is neither and
/// only good for being assigned to.
/// Source: trio's `outcome` library; `std::expected` with exceptions as errors.
template <class T>
class outcome {
  static_assert(!std::is_reference_v<T>,
                "outcome<T&>: results are values; use std::reference_wrapper");

 public:
  outcome() noexcept {}  // NOLINT: the union stays unset
  outcome(T value) : state_(state::value) {
    ::new (static_cast<void*>(&value_)) T(std::move(value));
  }
  outcome(std::exception_ptr error) noexcept
    requires(!std::is_same_v<T, std::exception_ptr>)
  {
    set_error(std::move(error));
  }
  /// A failure; the only spelling when `T` is itself `std::exception_ptr`.
  static outcome failure(std::exception_ptr error) noexcept {
    outcome o;
    o.set_error(std::move(error));
    return o;
  }
  outcome(outcome&& other) noexcept(std::is_nothrow_move_constructible_v<T>) {
    construct(std::move(other));
  }
  outcome(const outcome& other)
    requires std::is_copy_constructible_v<T>
  {
    construct(other);
  }
  outcome& operator=(outcome&& other) noexcept(std::is_nothrow_move_constructible_v<T>) {
    if (this != &other) {
      reset();
      construct(std::move(other));
    }
    return *this;
  }
  outcome& operator=(const outcome& other)
    requires std::is_copy_constructible_v<T>
  {
    if (this != &other) *this = outcome(other);
    return *this;
  }
  ~outcome() { reset(); }

  bool has_value() const noexcept { return state_ == state::value; }
  explicit operator bool() const noexcept { return has_value(); }
  std::exception_ptr exception() const noexcept {
    return state_ == state::error ? error_ : nullptr;
  }

  T& value() & { return rethrow_unless_value(), value_; }
  const T& value() const& { return rethrow_unless_value(), value_; }
  /// Gives away what there is: an error leaves the outcome with the throw, so that who keeps the
  /// outcome, perhaps in another thread, has no share in the exception any more.
  T&& value() && {
    if (TUTTI_UNLIKELY(state_ == state::error)) {
      std::exception_ptr leaving = std::move(error_);
      std::rethrow_exception(std::move(leaving));
    }
    return rethrow_unless_value(), std::move(value_);
  }
  T& operator*() & noexcept { return value_; }
  const T& operator*() const& noexcept { return value_; }
  T&& operator*() && noexcept { return std::move(value_); }
  T* operator->() noexcept { return std::addressof(value_); }
  const T* operator->() const noexcept { return std::addressof(value_); }
  template <class U>
  T value_or(U&& other) const& {
    return has_value() ? value_ : static_cast<T>(std::forward<U>(other));
  }
  template <class U>
  T value_or(U&& other) && {
    return has_value() ? std::move(value_) : static_cast<T>(std::forward<U>(other));
  }

  /// Replaces what is there by a value made in place.
  template <class... Args>
  T& emplace(Args&&... args) {
    reset();
    ::new (static_cast<void*>(&value_)) T(std::forward<Args>(args)...);
    state_ = state::value;
    return value_;
  }

 private:
  enum class state : unsigned char { none, value, error };
  template <class Other>
  void construct(Other&& other) {
    if (other.state_ == state::value) {
      ::new (static_cast<void*>(&value_)) T(std::forward<Other>(other).value_);
    } else if (other.state_ == state::error) {
      ::new (static_cast<void*>(&error_)) std::exception_ptr(std::forward<Other>(other).error_);
    }
    state_ = other.state_;
  }
  void reset() noexcept {
    if (state_ == state::value) {
      value_.~T();
    } else if (state_ == state::error) {
      error_.~exception_ptr();
    }
    state_ = state::none;
  }
  void set_error(std::exception_ptr error) noexcept {
    ::new (static_cast<void*>(&error_)) std::exception_ptr(std::move(error));
    state_ = state::error;
  }
  void rethrow_unless_value() const {
    if (TUTTI_UNLIKELY(state_ != state::value)) {
      TUTTI_CHECK(state_ == state::error, "an outcome was read before anything was stored in it");
      std::rethrow_exception(error_);
    }
  }

  state state_ = state::none;
  union {
    T value_;
    std::exception_ptr error_;
  };
};

/// The result of finished work that gives nothing back.
template <>
class outcome<void> {
 public:
  outcome() noexcept = default;
  outcome(std::exception_ptr error) noexcept : error_(std::move(error)), done_(true) {}
  static outcome failure(std::exception_ptr error) noexcept { return outcome(std::move(error)); }
  bool has_value() const noexcept { return done_ && error_ == nullptr; }
  explicit operator bool() const noexcept { return has_value(); }
  std::exception_ptr exception() const noexcept { return error_; }
  void value() const& {
    TUTTI_CHECK(done_, "an outcome was read before anything was stored in it");
    if (TUTTI_UNLIKELY(error_ != nullptr)) std::rethrow_exception(error_);
  }
  /// As above. It stays an outcome that is no success.
  void value() && {
    TUTTI_CHECK(done_, "an outcome was read before anything was stored in it");
    if (TUTTI_LIKELY(error_ == nullptr)) return;
    done_ = false;
    std::exception_ptr leaving = std::move(error_);
    std::rethrow_exception(std::move(leaving));
  }
  void emplace() noexcept {
    error_ = nullptr;
    done_ = true;
  }

 private:
  std::exception_ptr error_;
  bool done_ = false;
};

}  // namespace tutti
