/// \file
/// A value and its lock in one.
#pragma once

#include <type_traits>
#include <utility>

#include <tutti/core/awaitable.hpp>
#include <tutti/sync/mutex.hpp>

TUTTI_CLOSURE_FRAMES_BEGIN

namespace tutti {

/// A value that can only be reached while its lock is held.
///
/// Threads:  with() from threads, async_with() from tasks, in any mix.
/// Lifetime: outlives its waiters; destroying it while somebody waits ends the program.
/// Wakes:    as mutex.
/// Order:    what one call did is seen by the next.
/// Cancel:   as mutex; a call that has begun runs to its end.
///
/// `fn` gets a reference (to const, from a const `guarded`) and must not keep it; its result is
/// returned by value. It is not a coroutine: nothing waits while the lock is held.
/// ```
/// tutti::guarded<std::map<int, user>> users;
/// users.with([&](auto& m) { m.emplace(1, u); });
/// auto n = co_await users.async_with([](auto& m) { return m.size(); });
/// ```
/// Source: Rust's `Mutex<T>`, folly::Synchronized.
template <class T>
class guarded {
  template <class Fn, class U>
  struct checked_result {
    using type = std::remove_cvref_t<std::invoke_result_t<Fn&, U&>>;
    static_assert(!detail::is_task<type>::value,
                  "guarded: a coroutine would wait while the lock is held; give a plain function");
  };
  template <class Fn, class U>
  using result = typename checked_result<Fn, U>::type;

 public:
  guarded() = default;
  template <class... Args>
    requires(sizeof...(Args) > 0) && std::is_constructible_v<T, Args&&...>
  explicit guarded(Args&&... args) : value_(std::forward<Args>(args)...) {}
  guarded(const guarded&) = delete;
  guarded& operator=(const guarded&) = delete;

  /// Calls `fn(value)` under the lock; blocks until it is free.
  template <class Fn>
  auto with(Fn&& fn) {
    const lock_guard hold(mutex_);
    return invoke(value_, fn);
  }
  template <class Fn>
  auto with(Fn&& fn) const {
    const lock_guard hold(mutex_);
    return invoke(value_, fn);
  }
  /// The same, awaited.
  template <class Fn>
  TUTTI_CORO_WRAPPER auto async_with(Fn&& fn) {
    TUTTI_REFUSE_CLOSURE(Fn);
    return call<T>(mutex_, value_, std::decay_t<Fn>(std::forward<Fn>(fn)));
  }
  template <class Fn>
  TUTTI_CORO_WRAPPER auto async_with(Fn&& fn) const {
    TUTTI_REFUSE_CLOSURE(Fn);
    return call<const T>(mutex_, value_, std::decay_t<Fn>(std::forward<Fn>(fn)));
  }

  mutex::statistics_type statistics() const noexcept { return mutex_.statistics(); }

 private:
  template <class U, class Fn>
  static result<Fn, U> invoke(U& value, Fn& fn) {
    return fn(value);
  }
  template <class U, class Fn>
  static task<result<Fn, U>> call(mutex& m, U& value, Fn fn) {
    const lock_guard<mutex> hold = co_await m.async_lock();
    co_return fn(value);
  }

  mutable mutex mutex_;
  T value_{};
};

template <class T>
guarded(T) -> guarded<T>;

}  // namespace tutti

TUTTI_CLOSURE_FRAMES_END
