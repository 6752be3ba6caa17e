/// \file
/// Task groups: children that cannot outlive the block that started them.
#pragma once

#include <memory>
#include <source_location>
#include <utility>

#include <tutti/base/exception_group.hpp>
#include <tutti/base/invoke.hpp>
#include <tutti/core/scope_guard.hpp>
#include <tutti/core/spawned.hpp>

TUTTI_CLOSURE_FRAMES_BEGIN

namespace tutti {

class task_group;

namespace detail {

/// What a child, its `started` and the one in `start` share. owner: the child's task until it is
/// over.
template <class V>
struct handshake_state {
  promise<V> ready;
  bool is_set = false;
};

/// Throws what the group ended with, if it did not end well. See with_task_group.
void finish_task_group(child_group& group, bool body_cancelled, bool has_value);
std::string own_name() noexcept;

}  // namespace detail

/// The child's end of a start handshake: `task_group::start` returns when the child calls `set`.
///
/// Calling `set` twice throws `error`; a child that ends without it makes `start` throw
/// `broken_promise` (or the child's own error). Source: trio's `task_status.started()`.
template <class V = void>
class started {
 public:
  using value_type = V;
  explicit started(std::shared_ptr<detail::handshake_state<V>> state) noexcept
      : state_(std::move(state)) {}
  template <class... Args>
    requires(!std::is_scalar_v<V>)
  void set(Args&&... value) {
    state_->ready.set_value(std::forward<Args>(value)...);
    state_->is_set = true;
  }
  void set(detail::scalar_or_none<V> value)
    requires(std::is_scalar_v<V>)
  {
    state_->ready.set_value(value);
    state_->is_set = true;
  }

 private:
  std::shared_ptr<detail::handshake_state<V>> state_;
};

/// Children of one `with_task_group` call.
///
/// Threads:  spawn() and cancel() from any task of the group's run; size() from anywhere.
/// Lifetime: exists inside with_task_group only, which outlives every child.
/// Wakes:    the last child wakes with_task_group.
/// Order:    everything a child did is seen after with_task_group.
/// Cancel:   cancel() cancels the body and every child; spawning afterwards gives a cancelled
/// future.
class task_group {
 public:
  task_group(const task_group&) = delete;
  task_group& operator=(const task_group&) = delete;

  /// Starts a child on the group's executor. Its error cancels the group and goes into the group's
  /// exception (not only to the future). Dropping the future changes nothing.
  template <awaitable A>
  future<await_result_t<A>> spawn(A&& a, task_options options = {},
                                  std::source_location site = std::source_location::current()) {
    return start_child<await_result_t<A>>(detail::as_task(std::forward<A>(a)), options, site);
  }
  /// The same for `fn(args...)`, a coroutine function; the child owns the callable and its
  /// arguments.
  template <class F, class... Args>
    requires(!awaitable<F> && std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...>)
  auto spawn(F&& fn, Args&&... args) {
    using result = std::invoke_result_t<std::decay_t<F>, std::decay_t<Args>...>;
    static_assert(detail::is_task<std::remove_cvref_t<result>>::value,
                  "task_group::spawn(fn, args...): fn must be a coroutine returning task<T>");
    return start_child<typename std::remove_cvref_t<result>::value_type>(
        detail::call_coroutine<std::decay_t<F>, std::decay_t<Args>...>(std::forward<F>(fn),
                                                                       std::forward<Args>(args)...),
        {}, std::source_location::current());
  }

  /// Runs `fn(started<V>, args...)` as a child and returns what it passes to `started.set`, while
  /// it goes on running. An error before that is thrown here and only here. Cancelling `start`
  /// cancels the child.
  template <class V, class F, class... Args>
  TUTTI_CORO_WRAPPER task<V> start(F&& fn, Args&&... args) {
    TUTTI_REFUSE_CLOSURE(F);
    return start_coroutine<V, std::decay_t<F>, std::decay_t<Args>...>(*this, std::forward<F>(fn),
                                                                      std::forward<Args>(args)...);
  }
  template <class V, class R, class... Ps, class... Args>
  TUTTI_CORO_WRAPPER task<V> start(R (*fn)(started<V>, Ps...), Args&&... args) {
    return start_coroutine<V, R (*)(started<V>, Ps...), std::decay_t<Args>...>(
        *this, fn, std::forward<Args>(args)...);
  }
  template <class F, class... Args>
    requires requires { &std::decay_t<F>::operator(); }
  TUTTI_CORO_WRAPPER auto start(F&& fn, Args&&... args) {
    TUTTI_REFUSE_CLOSURE(F);
    using V = typename first_started<decltype(&std::decay_t<F>::operator())>::type;
    return start_coroutine<V, std::decay_t<F>, std::decay_t<Args>...>(*this, std::forward<F>(fn),
                                                                      std::forward<Args>(args)...);
  }

  void cancel() noexcept { group_.cancel(cancel_reason::explicit_request); }
  /// Children that are not finished.
  std::size_t size() const noexcept { return group_.size(); }

 private:
  template <class>
  struct first_started;
  template <class R, class C, class V, class... Ps>
  struct first_started<R (C::*)(started<V>, Ps...) const> {
    using type = V;
  };
  template <class R, class C, class V, class... Ps>
  struct first_started<R (C::*)(started<V>, Ps...)> {
    using type = V;
  };

  template <class R, class Body, class... Args>
  friend task<R> run_task_group(Body body, Args... args);
  explicit task_group(detail::task_cell& owner) noexcept : group_(owner.scope), owner_(owner) {}

  template <class T>
  future<T> start_child(task<T>&& t, task_options options, std::source_location site) {
    return detail::start_task<T>(*owner_.where, &group_, &group_, true, std::move(t), options,
                                 site);
  }
  template <class V, class F, class... Args>
  static task<V> start_coroutine(task_group& self, F fn, Args... args) {
    auto state = std::make_shared<detail::handshake_state<V>>();
    future<V> value = state->ready.get_future();
    auto child = std::make_shared<future<void>>();  // all memory before the child begins
    *child =
        self.start_child<void>(handshake<V, F, Args...>(state, std::move(fn), std::move(args)...),
                               {}, std::source_location::current());
    state->ready.on_cancel([child] { child->cancel(); });
    state.reset();  // the child alone decides when the promise is given up
    co_return co_await std::move(value);
  }
  /// The child: what it throws before `set` belongs to `start`, afterwards to the group.
  template <class V, class F, class... Args>
  static task<void> handshake(std::shared_ptr<detail::handshake_state<V>> state, F fn,
                              Args... args) {
    std::exception_ptr failure;
    try {
      co_await detail::invoke(std::move(fn), started<V>(state), std::move(args)...);
    } catch (...) {
      failure = std::current_exception();
    }
    if (state->is_set) {
      if (failure) std::rethrow_exception(failure);
    } else if (failure) {
      state->ready.set_exception(failure);
    } else {
      // Broken now, though a copy of `started` may live on somewhere.
      const promise<V> given_up = std::move(state->ready);
    }
  }

  detail::child_group group_;
  detail::task_cell& owner_;
};

template <class R, class Body, class... Args>
task<R> run_task_group(Body body, Args... args) {
  detail::task_cell& self = co_await detail::this_cell();
  task_group group(self);
  detail::entered_scope inside(self, group.group_, time_point::max());
  outcome<R> o;
  bool body_cancelled = false;
  try {
    if constexpr (std::is_void_v<R>) {
      co_await detail::invoke(body, group, std::move(args)...);
      o.emplace();
    } else {
      o.emplace(co_await detail::invoke(body, group, std::move(args)...));
    }
  } catch (const cancelled&) {
    body_cancelled = true;
  } catch (...) {
    group.group_.child_failed(std::current_exception(), detail::own_name());
  }
  if (body_cancelled) group.group_.cancel(cancel_reason::explicit_request);
  co_await group.group_.join();
  detail::finish_task_group(group.group_, body_cancelled, !std::is_void_v<R>);
  if constexpr (!std::is_void_v<R>) co_return *std::move(o);
}

/// Runs `body(group, args...)`, a coroutine, and every child it spawns into `group`; returns when
/// all are done.
///
/// Result:  the body's value.
/// Errors:  if the body or a child throws, the others are cancelled and awaited, then an
/// `exception_group` with every
///          real error is thrown, always a group, in order of completion.
/// Cancel:  cancels body and children and waits for them; `group.cancel()` does the same from
/// inside: then a void
///          body returns normally, one with a value that it never gave throws `future_cancelled`.
/// The body object and its arguments live until the group ends.
/// ```
/// tutti::task<> crawl(tutti::task_group& g) { g.spawn(fetch("/a")); g.spawn(fetch("/b"));
/// co_return; } co_await tutti::with_task_group(crawl);
/// ```
/// Source: trio's nurseries, `asyncio.TaskGroup`.
template <class Body, class... Args>
TUTTI_CORO_WRAPPER auto with_task_group(Body&& body, Args&&... args) {
  TUTTI_REFUSE_CLOSURE(Body);
  using result = std::remove_cvref_t<
      std::invoke_result_t<std::decay_t<Body>&, task_group&, std::decay_t<Args>...>>;
  static_assert(detail::is_task<result>::value,
                "with_task_group(body, args...): body must be a coroutine body(task_group&, "
                "args...) -> task<R>");
  return run_task_group<typename result::value_type, std::decay_t<Body>, std::decay_t<Args>...>(
      std::forward<Body>(body), std::forward<Args>(args)...);
}

}  // namespace tutti

TUTTI_CLOSURE_FRAMES_END
