/// \file
/// `future<T>`, `shared_future<T>`, `promise<T>`: the result of work that runs elsewhere.
#pragma once

#include <concepts>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <tutti/base/clock.hpp>
#include <tutti/core/future_state.hpp>
#include <tutti/core/task.hpp>

namespace tutti {

template <class T>
class future;
template <class T>
class shared_future;
template <class T>
class promise;

namespace detail {

/// A counted pointer to a state; the last one lets it go.
template <class State>
class shared_state {
 public:
  shared_state() noexcept = default;
  explicit shared_state(State* adopted) noexcept : p_(adopted) {}
  shared_state(const shared_state& other) noexcept : p_(other.p_) {
    if (p_ != nullptr) p_->retain();
  }
  shared_state(shared_state&& other) noexcept : p_(std::exchange(other.p_, nullptr)) {}
  shared_state& operator=(shared_state other) noexcept {
    std::swap(p_, other.p_);
    return *this;
  }
  ~shared_state() {
    if (p_ != nullptr) p_->release();
  }
  State* get() const noexcept { return p_; }
  State* operator->() const noexcept { return p_; }
  State& operator*() const noexcept { return *p_; }
  explicit operator bool() const noexcept { return p_ != nullptr; }

 private:
  State* p_ = nullptr;
};

/// A task that awaits a future: a wait and a completion at once.
struct future_wait : wait, completion {
  enum class on_cancel { cancel_work, leave };
  future_wait(task_cell& c, future_base& f, on_cancel rule) noexcept
      : wait(kind_of, c),
        completion([](completion& self) noexcept { static_cast<future_wait&>(self).cell->wake(); }),
        future(f),
        rule_(rule) {}
  /// Checkpoint, then register and park. False: done already.
  bool suspend(std::coroutine_handle<> h);
  /// When resumed: throws cancelled if the waiting task was; with the work cancelled on its behalf
  /// or left alone.
  void settle() const;

  static const wait_kind kind_of;
  future_base& future;

 private:
  friend struct future_abort;
  on_cancel rule_;
};

template <class T>
T take(outcome<T>& o) {
  if constexpr (std::is_void_v<T>) {
    std::move(o).value();
  } else {
    return std::move(o).value();
  }
}

template <class T>
class future_awaiter : public native_awaiter {
 public:
  explicit future_awaiter(shared_state<future_state<T>> s) noexcept : state_(std::move(s)) {}
  future_awaiter(future_awaiter&& other) noexcept : state_(std::move(other.state_)) {}
  bool await_ready() const noexcept { return false; }
  template <std::derived_from<promise_base> Promise>
  bool await_suspend(std::coroutine_handle<Promise> h) {
    wait_.emplace(*h.promise().cell, *state_, future_wait::on_cancel::cancel_work);
    return wait_->suspend(h);
  }
  T await_resume() {
    state_->mark_observed();
    wait_->settle();
    return take<T>(state_->result);
  }

 private:
  shared_state<future_state<T>> state_;
  std::optional<future_wait> wait_;
};

template <class T>
class shared_future_awaiter : public native_awaiter {
 public:
  explicit shared_future_awaiter(shared_state<future_state<T>> s) noexcept : state_(std::move(s)) {}
  shared_future_awaiter(shared_future_awaiter&& other) noexcept : state_(std::move(other.state_)) {}
  bool await_ready() const noexcept { return false; }
  template <std::derived_from<promise_base> Promise>
  bool await_suspend(std::coroutine_handle<Promise> h) {
    wait_.emplace(*h.promise().cell, *state_, future_wait::on_cancel::leave);
    return wait_->suspend(h);
  }
  decltype(auto) await_resume() {
    state_->mark_observed();
    wait_->settle();
    return std::as_const(state_->result).value();
  }

 private:
  shared_state<future_state<T>> state_;
  std::optional<future_wait> wait_;
};

void require_valid(const void* state);
void require_get_allowed();
/// `now + d`, for ever when `d` is the maximum.
time_point deadline_after(duration d) noexcept;

/// A callback given to on_done; deletes itself after it ran.
template <class T, class Fn>
struct done_callback final : completion {
  done_callback(future_state<T>& s, Fn f)
      : completion(
            [](completion& c) noexcept {
              std::unique_ptr<done_callback> self(static_cast<done_callback*>(&c));
              self->fn(std::as_const(self->state.result));
            },
            true),
        state(s),
        fn(std::move(f)) {}
  future_state<T>& state;
  Fn fn;
};

template <class T, class Fn>
void when_done(future_state<T>& state, Fn&& fn) {
  state.mark_observed();
  using callback = done_callback<T, std::decay_t<Fn>>;
  auto made = std::make_unique<callback>(state, std::forward<Fn>(fn));
  if (state.add(*made)) {
    made.release();  // owned by the state now: it deletes itself when fired
  } else {
    completion* const c = made.release();
    c->fire(*c);
  }
}

}  // namespace detail

/// The result of work that runs elsewhere: spawned, submitted, or promised by hand. Move-only.
///
/// Completes:  when the work returned, threw, or was cancelled before or while it ran.
/// Overlap:    one thread or task reads the result, once; `cancel`, `done` and `on_done` may come
/// from others.
/// Result:     `get()` (blocks) and `co_await std::move(f)` give the value or throw what the work
/// threw, with its own
///             type; `future_cancelled` when the work was cancelled. `try_get*` give an empty
///             optional (false for void) instead of waiting. Reading the result leaves the future
///             empty (`valid()` is false).
/// Cancel:     a cancelled `co_await std::move(f)` cancels the work and waits for its end.
/// Dropping it neither waits nor cancels; an error nobody read goes to the unobserved-error
/// handler.
/// ```
/// tutti::future<int> f = pool.submit(answer, 42);
/// int x = co_await std::move(f);   // or f.get() in a plain thread
/// ```
/// Source: `concurrent.futures.Future`.
template <class T>
class future {
 public:
  using value_type = T;
  future() noexcept = default;
  future(future&&) noexcept = default;
  future& operator=(future&&) noexcept = default;

  bool valid() const noexcept { return static_cast<bool>(state_); }
  bool done() const { return checked().looks_done(); }

  void wait() const {
    if (checked().done_already()) return;
    detail::require_get_allowed();
    state_->block_until_done(time_point::max());
  }
  bool try_wait_for(detail::timespan limit) const {
    return try_wait_until(detail::deadline_after(limit));
  }
  bool try_wait_until(time_point limit) const {
    if (checked().done_already()) return true;
    if (limit <= clock::now()) return false;
    detail::require_get_allowed();
    return state_->block_until_done(limit);
  }
  T get() {
    wait();
    state_->mark_observed();
    const auto taken = std::move(state_);
    return detail::take<T>(taken->result);
  }
  auto try_get() { return try_get_until(time_point::min()); }
  auto try_get_for(detail::timespan limit) { return try_get_until(detail::deadline_after(limit)); }
  auto try_get_until(time_point limit) {
    if constexpr (std::is_void_v<T>) {
      if (!try_wait_until(limit)) return false;
      get();
      return true;
    } else {
      return try_wait_until(limit) ? std::optional<T>(get()) : std::optional<T>();
    }
  }
  /// Waits as get(); null on success. Leaves the result in place.
  std::exception_ptr exception() const {
    wait();
    state_->mark_observed();
    return state_->result.exception();
  }

  /// Asks the work to stop. True: it was or will be; false: it is done, or cannot be stopped.
  bool cancel() { return checked().cancel_work(cancel_reason::explicit_request); }
  /// Did the work end by cancellation? False while it runs.
  bool was_cancelled() const { return checked().done_already() && state_->was_cancelled(); }

  /// Calls `fn(const outcome<T>&)` once: where the work completes, or here and now if it has. It
  /// must not throw.
  template <class Fn>
    requires std::invocable<Fn&, const outcome<T>&>
  void on_done(Fn&& fn) {
    checked();
    detail::when_done(*state_, std::forward<Fn>(fn));
  }
  shared_future<T> share() {
    checked();
    return shared_future<T>(std::move(state_));
  }

  detail::future_awaiter<T> operator co_await() && {
    checked();
    return detail::future_awaiter<T>(std::move(state_));
  }

  /// For executors: wraps a state whose share for the future is given over.
  static future adopt(detail::future_state<T>* state) noexcept {
    return future(detail::shared_state<detail::future_state<T>>(state));
  }
  /// For executors and combinators: the state, still owned by this future.
  detail::future_state<T>* state() const noexcept { return state_.get(); }

 private:
  explicit future(detail::shared_state<detail::future_state<T>> s) noexcept
      : state_(std::move(s)) {}
  detail::future_state<T>& checked() const {
    detail::require_valid(state_.get());
    return *state_;
  }
  detail::shared_state<detail::future_state<T>> state_;
};

/// A future that everybody may read, any number of times: `get()` and `co_await sf` give `const
/// T&`. Copyable. A cancelled `co_await sf` stops waiting and leaves the work alone.
template <class T>
class shared_future {
 public:
  using value_type = T;
  shared_future() noexcept = default;
  bool valid() const noexcept { return static_cast<bool>(state_); }
  bool done() const { return checked().looks_done(); }
  void wait() const {
    if (checked().done_already()) return;
    detail::require_get_allowed();
    state_->block_until_done(time_point::max());
  }
  bool try_wait_for(detail::timespan limit) const {
    if (checked().done_already()) return true;
    const time_point until = detail::deadline_after(limit);
    if (until <= clock::now()) return false;
    detail::require_get_allowed();
    return state_->block_until_done(until);
  }
  decltype(auto) get() const {
    wait();
    state_->mark_observed();
    return std::as_const(state_->result).value();
  }
  std::exception_ptr exception() const {
    wait();
    state_->mark_observed();
    return state_->result.exception();
  }
  bool cancel() { return checked().cancel_work(cancel_reason::explicit_request); }
  bool was_cancelled() const { return checked().done_already() && state_->was_cancelled(); }
  template <class Fn>
    requires std::invocable<Fn&, const outcome<T>&>
  void on_done(Fn&& fn) {
    checked();
    detail::when_done(*state_, std::forward<Fn>(fn));
  }
  detail::shared_future_awaiter<T> operator co_await() const {
    checked();
    return detail::shared_future_awaiter<T>(state_);
  }
  /// For executors and combinators: the state, still owned by this future.
  detail::future_state<T>* state() const noexcept { return state_.get(); }

 private:
  friend class future<T>;
  explicit shared_future(detail::shared_state<detail::future_state<T>> s) noexcept
      : state_(std::move(s)) {}
  detail::future_state<T>& checked() const {
    detail::require_valid(state_.get());
    return *state_;
  }
  detail::shared_state<detail::future_state<T>> state_;
};

namespace detail {

/// Threads:  the promise's owner sets; cancel_work() from anywhere.
/// Lifetime: counted, see future_base.
/// Wakes:    as future_base.
/// Order:    as future_base.
/// Cancel:   remembers the request and tells on_cancel; the setter decides when the future
///           completes.
class promise_hooks {
 public:
  bool request() noexcept;
  void listen(function<void()> fn);
  // pairs: promise.requested
  bool requested() const noexcept { return requested_.load(sys::acquire); }

 private:
  sys::mutex mu_;
  function<void()> on_cancel_ TUTTI_GUARDED_BY(mu_);
  sys::atomic<bool> requested_{false};
};

template <class T>
class promise_state final : public future_state<T> {
 public:
  promise_state() noexcept : future_state<T>(1U) {}
  bool cancel_work(cancel_reason) noexcept override { return !this->done() && hooks.request(); }
  std::string label() override { return "promise"; }
  promise_hooks hooks;
};

[[noreturn]] void throw_promise_set_twice();
[[noreturn]] void throw_future_taken();

}  // namespace detail

/// The writing end of a future.
///
/// Threads:    one thread sets it, once; `cancel_requested` and `on_cancel` belong to the setter.
/// Completes:  its future, when it is set or destroyed (then with `broken_promise`, or as cancelled
/// if that was asked).
/// Cancel:     cancelling the future calls `on_cancel(fn)`'s `fn` (on the canceller's thread; it
///             must not throw) and is then true; the future still completes only when the promise
///             is set or destroyed.
/// Errors:     setting twice and taking the future twice throw `error`.
/// ```
/// tutti::promise<int> p;
/// legacy_read(fd, [p = std::move(p)](int n) mutable { p.set_value(n); });
/// ```
/// Source: `std::promise`, `asyncio.Future`.
template <class T>
class promise {
 public:
  promise() : state_(new detail::promise_state<T>) {}
  promise(promise&& other) noexcept
      : state_(std::exchange(other.state_, nullptr)), set_(other.set_), taken_(other.taken_) {}
  promise& operator=(promise&& other) noexcept {
    promise gone(std::move(*this));
    state_ = std::exchange(other.state_, nullptr);
    set_ = other.set_;
    taken_ = other.taken_;
    return *this;
  }
  ~promise() {
    if (state_ == nullptr) return;
    if (!set_) abandon();
    state_->release();
  }

  future<T> get_future() {
    if (state_ == nullptr || std::exchange(taken_, true)) detail::throw_future_taken();
    state_->retain();
    return future<T>::adopt(state_);
  }
  template <class... Args>
    requires(std::is_void_v<T> ? sizeof...(Args) == 0
                               : sizeof...(Args) == 1 && !std::is_scalar_v<T>)
  void set_value(Args&&... value) {
    outcome<T> o;
    o.emplace(std::forward<Args>(value)...);
    finish(std::move(o));
  }
  /// Numbers are converted where they are given, as in any call.
  void set_value(detail::scalar_or_none<T> value)
    requires(std::is_scalar_v<T>)
  {
    outcome<T> o;
    o.emplace(value);
    finish(std::move(o));
  }
  void set_exception(std::exception_ptr e) { finish(outcome<T>::failure(std::move(e))); }
  template <class E>
    requires(!std::is_convertible_v<E &&, std::exception_ptr>)
  void set_exception(E&& e) {
    set_exception(std::make_exception_ptr(std::forward<E>(e)));
  }
  bool cancel_requested() const noexcept { return state_ != nullptr && state_->hooks.requested(); }
  template <class Fn>
  void on_cancel(Fn&& fn) {
    if (state_ != nullptr) state_->hooks.listen(std::forward<Fn>(fn));
  }

 private:
  void finish(outcome<T>&& o) {
    if (state_ == nullptr || std::exchange(set_, true)) detail::throw_promise_set_twice();
    complete(std::move(o));
  }
  void complete(outcome<T>&& o) noexcept {
    if (!taken_) state_->mark_observed();  // nobody can ask any more: not an error that got lost
    sys::decide_only(sys::operation::complete, static_cast<detail::future_base*>(state_));
    state_->finish(std::move(o));
  }
  void abandon() noexcept {
    set_ = true;
    complete(outcome<T>::failure(state_->hooks.requested()
                                     ? detail::cancelled_error(cancel_reason::explicit_request)
                                     : std::make_exception_ptr(broken_promise())));
  }
  detail::promise_state<T>* state_;
  bool set_ = false;
  bool taken_ = false;
};

}  // namespace tutti
