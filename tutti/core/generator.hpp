/// \file
/// Coroutines that give several values: `generator` and `async_generator`.
#pragma once

#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>

#include <tutti/core/task.hpp>

namespace tutti {

/// A coroutine that computes a sequence, one `co_yield` at a time, while somebody iterates over it.
///
/// Nothing runs before `begin()`. Move-only; read once: an input range. An element lives until the
/// next one is asked for. What the coroutine throws is thrown by `begin()` or `++`, which ends the
/// sequence. Waiting (`co_await`) inside does not compile: that is what async_generator is for.
/// Dropping it destroys what the coroutine holds.
/// ```
/// tutti::generator<int> squares(int n) { for (int i = 0; i < n; ++i) co_yield i * i; }
/// for (int x : squares(10)) sum += x;
/// ```
/// Source: Python's generators (PEP 255); C++23's `std::generator`.
template <class T>
class [[nodiscard("a generator does nothing until it is iterated")]] generator {
  static_assert(!std::is_reference_v<T>, "generator<T&>: generators give values; use a pointer");

 public:
  class promise_type {
   public:
    static void* operator new(std::size_t size) { return detail::frame_pool::allocate(size); }
    static void operator delete(void* p, std::size_t size) noexcept {
      detail::frame_pool::release(p, size);
    }
    generator get_return_object() noexcept {
      return generator(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    std::suspend_always final_suspend() const noexcept { return {}; }
    std::suspend_always yield_value(T&& value) noexcept {
      value_ = &value;  // the temporary lives until this coroutine goes on
      return {};
    }
    auto yield_value(const T& value)
      requires std::is_copy_constructible_v<T>
    {
      return copy_awaiter(value, value_);
    }
    void return_void() const noexcept {}
    void unhandled_exception() { throw; }
    template <class A>
    void await_transform(A&&) = delete;  // a generator cannot wait: async_generator can

   private:
    friend generator;
    class copy_awaiter {
     public:
      copy_awaiter(const T& value, T*& slot) : copy_(value), slot_(slot) {}
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<>) noexcept { slot_ = &copy_; }
      void await_resume() const noexcept {}

     private:
      T copy_;
      T*& slot_;
    };
    T* value_ = nullptr;
  };

  generator(generator&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  generator& operator=(generator&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~generator() {
    if (handle_) handle_.destroy();
  }

  /// Where the reading stands. Valid while the generator is.
  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    iterator() noexcept = default;
    explicit iterator(std::coroutine_handle<promise_type> h) noexcept : handle_(h) {}
    T& operator*() const noexcept { return *handle_.promise().value_; }
    iterator& operator++() {
      handle_.resume();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const noexcept { return handle_.done(); }

   private:
    std::coroutine_handle<promise_type> handle_{};
  };

  /// Runs up to the first element. Once.
  iterator begin() {
    TUTTI_CHECK(handle_, "a generator was iterated after it was moved from");
    handle_.resume();
    return iterator(handle_);
  }
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  explicit generator(std::coroutine_handle<promise_type> h) noexcept : handle_(h) {}
  std::coroutine_handle<promise_type> handle_;
};

template <class T>
class async_generator;

namespace detail {

template <class T>
struct async_generator_promise : promise_base {
  async_generator<T> get_return_object(
      std::source_location site = std::source_location::current()) noexcept;

  /// Hands the value to whoever awaits next(), and stays here until the next call.
  struct yield_awaiter : native_awaiter {
    yield_awaiter() noexcept {}
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(
        std::coroutine_handle<async_generator_promise> h) const noexcept {
      h.promise().is_running = false;
      return transfer(h.promise().continuation);
    }
    void await_resume() const noexcept {}
  };
  template <class U>
    requires(!std::is_scalar_v<T> && std::is_convertible_v<U &&, T>)
  yield_awaiter yield_value(U&& next) {
    value.emplace(std::forward<U>(next));
    return {};
  }
  /// Numbers are converted where they are yielded, as in a call.
  yield_awaiter yield_value(T next)
    requires(std::is_scalar_v<T>)
  {
    value.emplace(next);
    return {};
  }
  void return_void() const noexcept {}
  void unhandled_exception() noexcept { error = caught(); }

  std::optional<T> value;
  std::exception_ptr error;
  bool is_running = false;  ///< from next() to its co_yield or its end
};

}  // namespace detail

/// A coroutine that gives several values and may wait between them.
///
/// It runs only while somebody awaits `next()`, as a part of the task that does: one at a time, and
/// a generator between two calls holds no worker. Move-only.
///
/// Result:  `next()` gives the next value, or an empty optional at the end and ever after; what the
///          coroutine throws is thrown once by `next()`, which ends the sequence.
/// Cancel:  a cancelled `next()` throws `cancelled` inside the coroutine, which ends it.
/// Dropping it between two calls destroys what the coroutine holds.
/// ```
/// tutti::async_generator<int> ticks(int n) {
///   for (int i = 0; i < n; ++i) { co_await tutti::sleep(1s); co_yield i; }
/// }
/// auto g = ticks(3);
/// while (auto x = co_await g.next()) use(*x);
/// ```
/// Source: Python's asynchronous generators (PEP 525).
template <class T>
class [[nodiscard("an async_generator does nothing until next() is awaited")]] async_generator {
  static_assert(!std::is_reference_v<T>, "async_generator<T&>: generators give values");

 public:
  using promise_type = detail::async_generator_promise<T>;

  async_generator(async_generator&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  async_generator& operator=(async_generator&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~async_generator() {
    if (handle_) handle_.destroy();
  }

  class [[nodiscard("co_await it")]] next_awaiter : public detail::native_awaiter {
   public:
    explicit next_awaiter(std::coroutine_handle<promise_type> h) noexcept : of_(h) {}
    bool await_ready() const noexcept { return of_.done(); }
    template <std::derived_from<detail::promise_base> Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> parent) noexcept {
      promise_type& down = of_.promise();
      TUTTI_CHECK(!down.is_running, "next() of an async_generator was awaited twice at once");
      down.is_running = true;
      down.continuation = parent;
      down.cell = parent.promise().cell;
      return detail::transfer(of_);
    }
    std::optional<T> await_resume() {
      promise_type& p = of_.promise();
      if (p.error) std::rethrow_exception(std::exchange(p.error, {}));
      return std::exchange(p.value, std::nullopt);
    }

   private:
    std::coroutine_handle<promise_type> of_;
  };
  /// Runs the coroutine to its next `co_yield` or its end.
  next_awaiter next() {
    TUTTI_CHECK(handle_, "an async_generator was read after it was moved from");
    return next_awaiter(handle_);
  }

 private:
  friend promise_type;
  explicit async_generator(std::coroutine_handle<promise_type> h) noexcept : handle_(h) {}
  std::coroutine_handle<promise_type> handle_;
};

template <class T>
async_generator<T> detail::async_generator_promise<T>::get_return_object(
    std::source_location site) noexcept {
  at = site;
  return async_generator<T>(std::coroutine_handle<async_generator_promise>::from_promise(*this));
}

}  // namespace tutti
