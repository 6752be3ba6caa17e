/// \file
/// `task<T>`: a lazy coroutine, the unit of work.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

#include <tutti/base/outcome.hpp>
#include <tutti/core/awaitable.hpp>
#include <tutti/core/frame_pool.hpp>
#include <tutti/core/task_cell.hpp>

namespace tutti {

template <class T>
class task;

namespace detail {

/// Goes on with `h` without growing the stack: a tail call where the compiler makes one, else
/// through the trampoline in task_cell::resume_loop once a depth budget is used up.
TUTTI_INLINE std::coroutine_handle<> transfer(std::coroutine_handle<> h) noexcept {
#if TUTTI_TAIL_CALLS
  return h;
#else
  constexpr unsigned depth_max = 64;
  sys::current_state& here = sys::current;
  if (++here.depth < depth_max) return h;
  here.pending = h.address();
  return std::noop_coroutine();
#endif
}

template <class A>
class foreign_awaiter;

/// Destroys a coroutine that nobody started. In debug mode that is reported, by the place where the
/// coroutine is written: see set_unawaited_handler.
void drop_unstarted(std::coroutine_handle<> h, const std::source_location& at) noexcept;
/// While one lives, tasks dropped by this thread are not reported: whoever would have awaited them
/// was cancelled before it began.
class quiet_drops {
 public:
  quiet_drops() noexcept;
  ~quiet_drops();
  quiet_drops(const quiet_drops&) = delete;
  quiet_drops& operator=(const quiet_drops&) = delete;
};

/// Stands for an awaiter of ours that lies elsewhere in the frame: g++ 12 copies what
/// await_transform returns, and a wait cannot be copied.
template <class Awaiter>
class pass_through : public native_awaiter {
 public:
  explicit pass_through(Awaiter& a) noexcept : awaiter_(&a) {}
  pass_through(const pass_through& other) noexcept : awaiter_(other.awaiter_) {}
  pass_through& operator=(const pass_through&) = delete;
  ~pass_through() = default;
  bool await_ready() noexcept { return awaiter_->await_ready(); }
  template <class Promise>
  decltype(auto) await_suspend(std::coroutine_handle<Promise> h) {
    return awaiter_->await_suspend(h);
  }
  decltype(auto) await_resume() { return awaiter_->await_resume(); }

 private:
  Awaiter* awaiter_;
};

/// What every promise of ours starts with: who awaits it and which task it belongs to.
struct promise_base {
  static void* operator new(std::size_t size) { return frame_pool::allocate(size); }
  static void operator delete(void* p, std::size_t size) noexcept { frame_pool::release(p, size); }

  std::suspend_always initial_suspend() const noexcept { return {}; }

  struct final_awaiter : native_awaiter {
    final_awaiter() noexcept {}
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> h) const noexcept {
      promise_base& p = h.promise();
      return transfer(p.continuation ? p.continuation : p.cell->body_done());
    }
    void await_resume() const noexcept {}
  };
  final_awaiter final_suspend() const noexcept { return {}; }

  /// Ours pass through; what others made is bridged, so that it may resume from any thread.
  template <class A>
  auto await_transform(A&& a, std::source_location site = std::source_location::current()) {
    at = site;
    using raw = typename awaiter_of<A&&>::type;
    if constexpr (native<raw> && std::is_reference_v<raw>) {
      return pass_through<std::remove_reference_t<raw>>(a);
    } else if constexpr (native<raw>) {
      return get_awaiter(std::forward<A>(a));
    } else {
      return foreign_awaiter<A>(std::forward<A>(a));
    }
  }

  /// The exception that leaves this coroutine; its passage is noted for async_trace().
  std::exception_ptr caught() const noexcept;
  /// For observers: where the coroutines of a task that is held still stand, innermost first, up to
  /// a bound.
  static void for_each_frame(task_cell& parked, void (*visit)(const std::source_location&, void*),
                             void* data);

  std::coroutine_handle<> continuation{};  ///< null for the root coroutine of a task
  task_cell* cell = nullptr;               ///< set when it is awaited or started
  std::source_location at;                 ///< its last co_await; before the first, its beginning
};

template <class T>
struct task_promise : promise_base {
  task<T> get_return_object(std::source_location site = std::source_location::current()) noexcept;
  template <class U>
    requires(!std::is_scalar_v<T> && std::is_convertible_v<U &&, T> &&
             !std::is_same_v<std::remove_cvref_t<U>, T>)
  void return_value(U&& value) {
    result.emplace(std::forward<U>(value));
  }
  /// Also `co_return {a, b};`. Numbers are converted where they are returned, as in any function.
  void return_value(T value) { result.emplace(std::move(value)); }
  void unhandled_exception() noexcept { result = outcome<T>::failure(caught()); }
  outcome<T> result;
};

template <>
struct task_promise<void> : promise_base {
  TUTTI_CORO_WRAPPER task<void> get_return_object(
      std::source_location site = std::source_location::current()) noexcept;
  void return_void() noexcept { result.emplace(); }
  void unhandled_exception() noexcept { result = outcome<void>::failure(caught()); }
  outcome<void> result;
};

/// Awaits a task: its frame becomes the leaf of this task's stack; destroyed when its result has
/// been taken.
template <class T>
class task_awaiter : public native_awaiter {
 public:
  using handle = std::coroutine_handle<task_promise<T>>;
  explicit task_awaiter(handle h) noexcept : child_(h) {}
  task_awaiter(task_awaiter&& other) noexcept : child_(std::exchange(other.child_, {})) {}
  task_awaiter& operator=(task_awaiter&&) = delete;
  ~task_awaiter() {
    if (child_) child_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  template <std::derived_from<promise_base> Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> parent) noexcept {
    promise_base& up = parent.promise();
    promise_base& down = child_.promise();
    down.continuation = parent;
    down.cell = up.cell;
    return transfer(child_);
  }
  T await_resume() { return std::move(child_.promise().result).value(); }

 private:
  handle child_;
};
template <>
inline void task_awaiter<void>::await_resume() {
  child_.promise().result.value();
}

}  // namespace detail

/// A coroutine that returns `T` and starts when it is awaited, spawned or run.
///
/// Move-only; awaited once, as an rvalue: `co_await std::move(t)` or `co_await f()`. Dropping one
/// that was never started destroys its arguments and does nothing else.
///
/// Completes:  when the coroutine returns or throws; the awaiting coroutine goes on on the same
/// executor. Overlap:    none; a task awaited directly is part of the task that awaits it.
/// Result:     the returned value, moved out; what it threw is thrown by `co_await`, with its own
/// type.
/// Cancel:     by the scope it runs in; waits inside throw `cancelled`.
/// ```
/// tutti::task<int> twice(int x) { co_await tutti::yield(); co_return 2 * x; }
/// ```
/// Lifetime: parameters should be values; a reference must outlive the await. Source: Python's
/// coroutine objects; Lewis Baker, "Understanding symmetric transfer".
template <class T = void>
class TUTTI_CORO_TASK
    [[nodiscard("a task does nothing until it is awaited, spawned or run")]] task {
  static_assert(!std::is_reference_v<T>,
                "task<T&>: tasks give values; return a pointer or std::reference_wrapper");

 public:
  using promise_type = detail::task_promise<T>;
  using value_type = T;

  task(task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  task& operator=(task&& other) noexcept {
    if (this != &other) {
      task former(std::exchange(handle_, {}));
      handle_ = std::exchange(other.handle_, {});
    }
    return *this;
  }
  ~task() {
    if (handle_) detail::drop_unstarted(handle_, handle_.promise().at);
  }

  detail::task_awaiter<T> operator co_await() && noexcept {
    TUTTI_CHECK(handle_, "a task was awaited twice, or after it was moved from");
    return detail::task_awaiter<T>(std::exchange(handle_, {}));
  }

  /// False after it was awaited, started or moved from.
  bool valid() const noexcept { return static_cast<bool>(handle_); }

  /// For executors: gives the coroutine away. The new owner destroys the handle.
  std::coroutine_handle<promise_type> release() noexcept { return std::exchange(handle_, {}); }

 private:
  friend promise_type;
  explicit task(std::coroutine_handle<promise_type> h) noexcept : handle_(h) {}

  std::coroutine_handle<promise_type> handle_;
};

template <class T>
TUTTI_CORO_WRAPPER task<T> detail::task_promise<T>::get_return_object(
    std::source_location site) noexcept {
  at = site;
  return task<T>(std::coroutine_handle<task_promise>::from_promise(*this));
}
TUTTI_CORO_WRAPPER inline task<void> detail::task_promise<void>::get_return_object(
    std::source_location site) noexcept {
  at = site;
  return task<void>(std::coroutine_handle<task_promise>::from_promise(*this));
}

namespace detail {
template <class T>
struct is_task : std::false_type {};
template <class T>
struct is_task<task<T>> : std::true_type {};

/// Bridges an awaitable we do not know: a small coroutine awaits it and wakes the task wherever it
/// was resumed. Such a wait cannot be aborted: cancellation waits for it.
class foreign_bridge {
 public:
  struct promise_type {
    static void* operator new(std::size_t size) { return frame_pool::allocate(size); }
    static void operator delete(void* p, std::size_t size) noexcept {
      frame_pool::release(p, size);
    }
    foreign_bridge get_return_object() noexcept {
      return foreign_bridge(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    auto final_suspend() const noexcept {
      struct awaiter {
        awaiter() noexcept {}
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<promise_type> h) const noexcept {
          h.promise().owner->wake();
        }
        void await_resume() const noexcept {}
      };
      return awaiter();
    }
    void return_void() const noexcept {}
    void unhandled_exception() noexcept { error = std::current_exception(); }
    task_cell* owner = nullptr;
    std::exception_ptr error;
  };
  foreign_bridge(foreign_bridge&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  foreign_bridge& operator=(foreign_bridge&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~foreign_bridge() {
    if (handle_) handle_.destroy();
  }
  foreign_bridge() noexcept = default;
  /// Starts awaiting; `owner` is woken at its end.
  void start(task_cell& owner) noexcept {
    handle_.promise().owner = &owner;
    handle_.resume();
  }
  void rethrow() const {
    if (handle_.promise().error) std::rethrow_exception(handle_.promise().error);
  }

 private:
  explicit foreign_bridge(std::coroutine_handle<promise_type> h) noexcept : handle_(h) {}
  std::coroutine_handle<promise_type> handle_{};
};

extern const wait_kind foreign_wait;

template <class Awaiter, class Slot>
foreign_bridge await_foreign(Awaiter& a, Slot& slot) {
  if constexpr (std::is_void_v<decltype(a.await_resume())>) {
    co_await a;
    slot.emplace();
  } else {
    slot.emplace(co_await a);
  }
}

/// Refers to an awaiter without copying it, so that a coroutine can await it by reference.
template <class Raw>
class awaiter_ref {
 public:
  explicit awaiter_ref(Raw& raw) noexcept : raw_(raw) {}
  bool await_ready() { return raw_.await_ready(); }
  auto await_suspend(std::coroutine_handle<> h) { return raw_.await_suspend(h); }
  decltype(auto) await_resume() { return raw_.await_resume(); }

 private:
  Raw& raw_;
};

template <class A>
class foreign_awaiter : public native_awaiter {
  using raw = typename awaiter_of<A&&>::type;
  using result =
      std::remove_cvref_t<decltype(std::declval<std::remove_reference_t<raw>&>().await_resume())>;

 public:
  explicit foreign_awaiter(A&& a) : raw_(get_awaiter(std::forward<A>(a))), ref_(raw_) {}
  foreign_awaiter(const foreign_awaiter&) = delete;
  foreign_awaiter& operator=(const foreign_awaiter&) = delete;

  bool await_ready() const noexcept { return false; }
  template <std::derived_from<promise_base> Promise>
  bool await_suspend(std::coroutine_handle<Promise> h) {
    task_cell& cell = *h.promise().cell;
    cell.checkpoint();
    wait_.emplace(foreign_wait, cell);
    bridge_ = await_foreign(ref_, slot_);
    bridge_.start(cell);
    return cell.park(*wait_, h);
  }
  result await_resume() {
    bridge_.rethrow();
    return std::move(slot_).value();
  }

 private:
  raw raw_;
  awaiter_ref<std::remove_reference_t<raw>> ref_;
  outcome<result> slot_;
  foreign_bridge bridge_;
  std::optional<wait> wait_;
};

}  // namespace detail
}  // namespace tutti
