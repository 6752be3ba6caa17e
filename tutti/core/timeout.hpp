/// \file
/// Scopes of cancellation: time limits, shields, and scopes cancelled by hand.
#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <tutti/base/clock.hpp>
#include <tutti/core/future.hpp>
#include <tutti/core/scope_guard.hpp>
#include <tutti/core/spawned.hpp>

namespace tutti {
namespace detail {

[[noreturn]] void throw_timed_out(time_point limit, time_point start);

class scope_attachment;

/// What a cancel_scope and the run inside it share.
///
/// Threads:  all from anywhere.
/// Lifetime: counted; a moved deadline may still be on its way to its scheduler when the scope is
///           gone.
/// Wakes:    cancel() wakes the waits inside.
/// Order:    guarded by one lock.
/// Cancel:   this is it.
class scope_control {
 public:
  void cancel() noexcept;
  bool is_cancelled() const noexcept;
  void move_deadline(time_point t, const std::shared_ptr<scope_control>& self);

 private:
  friend class scope_attachment;
  void set_timer() noexcept;
  mutable sys::mutex mu_;
  scope_attachment* inside_ TUTTI_GUARDED_BY(mu_) = nullptr;
  time_point limit_ TUTTI_GUARDED_BY(mu_) = time_point::max();
  bool cancelled_ TUTTI_GUARDED_BY(mu_) = false;
};

/// Binds a control to the node of the run that is under way.
class scope_attachment {
 public:
  scope_attachment(scope_control& control, task_cell& cell, cancel_node& node);
  ~scope_attachment();
  scope_attachment(const scope_attachment&) = delete;
  scope_attachment& operator=(const scope_attachment&) = delete;

 private:
  friend class scope_control;
  scope_control& control_;
  task_cell& cell_;
  cancel_node& node_;
  scope_timer timer_;
};

/// Runs `work` in `node` until `limit`. Empty when the scope was cancelled (by its limit or by
/// hand) and nothing outside was; what was cancelled from outside goes on as `cancelled`.
template <class T>
task<outcome<T>> run_in_scope(cancel_node& node, time_point limit, task<T> work) {
  task_cell& self = co_await this_cell();
  entered_scope inside(self, node, limit);
  outcome<T> o;
  try {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(work);
      o.emplace();
    } else {
      o.emplace(co_await std::move(work));
    }
  } catch (const cancelled&) {
    if (!inside.owns_cancellation()) throw;
  }
  co_return o;
}

template <class T>
task<T> timeout_task(duration limit, time_point until, task<T> work) {
  task_cell& self = co_await this_cell();
  cancel_node node(cancel_node::kind::scope, self.scope);
  const time_point start = clock::now();
  if (limit != duration::max()) until = saturating_add(start, limit);
  outcome<T> o = co_await run_in_scope<T>(node, until, std::move(work));
  if (!o.has_value()) throw_timed_out(until, start);
  if constexpr (!std::is_void_v<T>) co_return *std::move(o);
}

template <class T>
using maybe = std::conditional_t<std::is_void_v<T>, bool, std::optional<regular<T>>>;

template <class T>
maybe<T> as_maybe(outcome<T>&& o) {
  if constexpr (std::is_void_v<T>) {
    return o.has_value();
  } else {
    return o.has_value() ? maybe<T>(*std::move(o)) : maybe<T>();
  }
}

template <class T>
task<maybe<T>> move_on_task(duration limit, task<T> work) {
  task_cell& self = co_await this_cell();
  cancel_node node(cancel_node::kind::scope, self.scope);
  outcome<T> o = co_await run_in_scope<T>(node, deadline_after(limit), std::move(work));
  co_return as_maybe<T>(std::move(o));
}

template <class T>
task<T> shield_task(task<T> work) {
  task_cell& self = co_await this_cell();
  cancel_node node(cancel_node::kind::shield, self.scope);
  entered_scope inside(self, node, time_point::max());
  co_return co_await std::move(work);
}

}  // namespace detail

/// Runs `a` with a time limit, counted from the await: throws `timeout_error` when it passes.
///
/// The work is cancelled first and awaited; if it completes all the same its value is given. Work
/// that cannot be stopped (a plain callable already running) goes on under its executor. A limit
/// that is not positive lets the work run up to its first wait. The work acts for the calling task.
/// Errors of the work are thrown as they are.
/// ```
/// auto line = co_await tutti::timeout(5s, stream.read_line());
/// ```
/// Source: `asyncio.timeout`, trio's `fail_after`.
template <awaitable A>
TUTTI_CORO_WRAPPER task<await_result_t<A>> timeout(detail::timespan limit, A&& a) {
  return detail::timeout_task<await_result_t<A>>(limit.value(), time_point::max(),
                                                 detail::as_task(std::forward<A>(a)));
}

/// The same with a point on `tutti::clock`.
template <awaitable A>
TUTTI_CORO_WRAPPER task<await_result_t<A>> timeout_at(time_point limit, A&& a) {
  return detail::timeout_task<await_result_t<A>>(duration::max(), limit,
                                                 detail::as_task(std::forward<A>(a)));
}

/// As timeout, but a limit that passes gives an empty optional (false for void) instead of
/// throwing.
/// Source: trio's `move_on_after`.
template <awaitable A>
TUTTI_CORO_WRAPPER task<detail::maybe<await_result_t<A>>> move_on_after(detail::timespan limit,
                                                                        A&& a) {
  return detail::move_on_task<await_result_t<A>>(limit.value(),
                                                 detail::as_task(std::forward<A>(a)));
}

/// Runs `a` out of reach of outer cancellation: its value is given, the next wait outside throws.
/// Pair it with a time limit of its own: `shield(timeout(1s, clean_up()))`. Source:
/// `asyncio.shield`, trio's shielded scopes.
template <awaitable A>
TUTTI_CORO_WRAPPER task<await_result_t<A>> shield(A&& a) {
  return detail::shield_task<await_result_t<A>>(detail::as_task(std::forward<A>(a)));
}

/// A stretch of work that can be cancelled from outside.
///
/// Threads:  cancel(), cancelled() and deadline() from anywhere; run() by one task at a time.
/// Lifetime: outlives its run().
/// Wakes:    cancel() wakes every wait inside; the tasks resume on their own executors.
/// Order:    as any wake.
/// Cancel:   level-triggered: every wait inside throws until run() is over. run() gives an empty
///           optional (false for void) when this scope was cancelled, and the value of work that
///           completed all the same.
/// ```
/// tutti::cancel_scope scope;
/// bool finished = co_await scope.run(serve(scope));   // somebody calls scope.cancel()
/// ```
/// Source: trio.CancelScope.
class cancel_scope {
 public:
  cancel_scope();
  cancel_scope(const cancel_scope&) = delete;
  cancel_scope& operator=(const cancel_scope&) = delete;

  template <awaitable A>
  TUTTI_CORO_WRAPPER task<detail::maybe<await_result_t<A>>> run(A&& a) {
    return run_task<await_result_t<A>>(control_, detail::as_task(std::forward<A>(a)));
  }
  void cancel() noexcept { control_->cancel(); }
  bool cancelled() const noexcept { return control_->is_cancelled(); }
  /// Sets or moves the point at which this scope is cancelled by itself.
  void deadline(time_point t) { control_->move_deadline(t, control_); }

 private:
  template <class T>
  static task<detail::maybe<T>> run_task(std::shared_ptr<detail::scope_control> control,
                                         task<T> work) {
    task_cell_ref self{co_await detail::this_cell()};
    detail::cancel_node node(detail::cancel_node::kind::scope, self.cell.scope);
    detail::entered_scope inside(self.cell, node, time_point::max());
    detail::scope_attachment attached(*control, self.cell, node);
    outcome<T> o;
    try {
      if constexpr (std::is_void_v<T>) {
        co_await std::move(work);
        o.emplace();
      } else {
        o.emplace(co_await std::move(work));
      }
    } catch (const tutti::cancelled&) {
      if (!inside.owns_cancellation()) throw;
    }
    co_return detail::as_maybe<T>(std::move(o));
  }
  struct task_cell_ref {
    explicit task_cell_ref(detail::task_cell& c) noexcept : cell(c) {}
    detail::task_cell& cell;
  };
  std::shared_ptr<detail::scope_control> control_;
};

}  // namespace tutti
