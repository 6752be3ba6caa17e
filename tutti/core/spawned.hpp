/// \file
/// The cell behind `spawn`: a task whose result goes to a future. Plain callables: submitted.hpp.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include <tutti/base/invoke.hpp>
#include <tutti/core/child_group.hpp>
#include <tutti/core/future.hpp>
#include <tutti/core/hook.hpp>
#include <tutti/core/task.hpp>

TUTTI_CLOSURE_FRAMES_BEGIN

namespace tutti {

/// Options of `spawn`: `spawn(f(), {.name = "fetch"})`. The name is copied.
struct task_options {
  std::string_view name{};
};

namespace detail {

/// What spawned coroutines and submitted callables share: one cell that is also the future's state.
///
/// Shares: one for the queue or the run of it, one for the future.
template <class T>
class future_cell : public task_cell, public future_state<T> {
 public:
  future_cell(scheduler& on, cancel_node* parent, child_group* group,
              std::source_location site) noexcept
      : task_cell(on, parent, site), future_state<T>(2U), group_(group) {
    if (group_ != nullptr) group_->adopt();
  }

  static void* operator new(std::size_t size) { return frame_pool::allocate(size); }
  static void operator delete(void* p, std::size_t size) noexcept { frame_pool::release(p, size); }

  bool cancel_work(cancel_reason why) noexcept override {
    if (this->done()) return false;
    // A plain callable that takes no stop_token cannot be stopped once it runs: then nothing in it
    // changes.
    if (is_coroutine || listens_) cancel(why);
    // Never started: it ends here and now, if this thread may destroy what the loop would have run.
    const bool never_starts =
        (where->runs_here() || !where->is_loop() || !is_coroutine) && take_unstarted();
    if (never_starts) {
      const quiet_drops arguments;
      discard();
      end(outcome<T>::failure(cancelled_error(why)));
    }
    return is_coroutine || never_starts || listens_;
  }
  std::string label() override { return name_text(); }
  const task_cell* produced_by() const noexcept override { return this; }

  /// Counted by `group` already; it is told when this is done.
  void belong_to(child_group& group) noexcept { group_ = &group; }
  bool is_dismissed() const noexcept override {
    return group_ != nullptr && group_->is_cancelled();
  }

 protected:
  /// Destroys the body, which has ended or never began.
  virtual void discard() noexcept = 0;

  void drop() noexcept override {
    if (!is_done()) {
      const quiet_drops arguments;
      discard();
      const cancel_reason why = scope->effective(deadline_near);
      end(outcome<T>::failure(
          cancelled_error(why != cancel_reason::none ? why : cancel_reason::shutdown)));
    }
    this->release();
  }

  /// The body is gone and `o` is what it gave: everybody who wants to know is told.
  void end(outcome<T>&& o) noexcept {
    leave();
    const std::exception_ptr error = o.exception();
    on_finished(*this, error);
    if (TUTTI_UNLIKELY(error != nullptr) && group_ != nullptr && collects_) {
      if (is_cancellation(error)) {
        group_->child_cancelled();
      } else {
        this->mark_observed();
        group_->child_failed(error, safe_name());
      }
    }
    mark_done();
    child_group* const group = group_;
    this->finish(std::move(o));
    if (group != nullptr) group->child_done();
  }

  std::string safe_name() noexcept try { return name_text(); } catch (...) {
    return {};
  }
  void destroy() noexcept override { delete this; }

  child_group* group_;
  ///< fixed at the start: errors go to the group (task_group), not only to the future (spawn)
  bool collects_ = false;
  bool listens_ = false;  ///< a callable that takes a stop_token
};

template <class T>
class spawned_task final : public future_cell<T> {
 public:
  using handle = std::coroutine_handle<task_promise<T>>;
  spawned_task(scheduler& on, cancel_node* parent, child_group* group, bool collects,
               task<T>&& body, std::source_location site) noexcept
      : future_cell<T>(on, parent, group, site), body_(body.release()) {
    this->collects_ = collects;
    body_.promise().cell = this;
    this->resume_ = body_;
  }

 private:
  std::coroutine_handle<> body_done() noexcept override {
    outcome<T> o = take();
    discard();
    this->end(std::move(o));
    this->release();
    return std::noop_coroutine();
  }
  outcome<T> take() noexcept try { return std::move(body_.promise().result); } catch (...) {
    return outcome<T>::failure(std::current_exception());
  }
  void discard() noexcept override { std::exchange(body_, {}).destroy(); }

  handle body_;
};

/// Any awaitable as a task; a task is passed on as it is.
template <class T>
TUTTI_CORO_WRAPPER task<T> as_task(task<T>&& t) noexcept {
  return std::move(t);
}
template <awaitable A>
  requires(!is_task<std::remove_cvref_t<A>>::value)
TUTTI_CORO_WRAPPER task<await_result_t<A>> as_task(A&& a) {
  return [](std::decay_t<A> kept) -> task<await_result_t<A>> {
    co_return co_await std::move(kept);
  }(std::forward<A>(a));
}

/// What a coroutine gives, and a plain call's result as it is.
template <class T>
struct unwrap_task {
  using type = T;
};
template <class T>
struct unwrap_task<task<T>> {
  using type = T;
};
/// A coroutine that owns a callable and its arguments and calls it when it starts.
template <class F, class... Args>
task<typename unwrap_task<std::invoke_result_t<F, Args...>>::type> call_coroutine(F f,
                                                                                  Args... args) {
  co_return co_await detail::invoke(std::move(f), std::move(args)...);
}

/// What work that starts here finds in its context. Made before the cell, which nobody but its end
/// takes out of its group again: from launch() on nothing may fail.
inline context_ref context_of_start(const task_options& options) {
  const task_cell* const here = running_cell();
  const context_ref own = here != nullptr ? here->context : context_ref();
  return options.name.empty() ? own : own.with_name(options.name);
}

/// The last steps of every start: what follows work, listeners, queue. `unowned`: nobody's scope
/// waits for it, so it may outlive the one it was started in (submitted work).
template <class T, class Cell>
future<T> launch(Cell& cell, context_ref context, bool unowned) noexcept {
  if (task_cell* const here = running_cell()) cell.inherit(*here);
  if (root_scope* const own = cell.where->root()) cell.run_scope = own;
  cell.context = std::move(context);
  if (unowned && cell.parent() != nullptr) {
    cell.mark_unowned();
    cell.link();
  }
  on_created(cell);
  future<T> f = future<T>::adopt(&cell);
  cell.where->schedule(cell);
  return f;
}

/// Starts `t` as a task of its own; with `collects`, its error goes to `group`.
template <class T>
future<T> start_task(scheduler& on, cancel_node* parent, child_group* group, bool collects,
                     task<T>&& t, task_options options, std::source_location site,
                     bool unowned = false) {
  if (!t.valid()) throw error("a task was started twice, or after it was moved from");
  context_ref context = context_of_start(options);
  auto cell = std::make_unique<spawned_task<T>>(on, parent, group, collects, std::move(t), site);
  return launch<T>(*cell.release(), std::move(context), unowned);
}

}  // namespace detail
}  // namespace tutti

TUTTI_CLOSURE_FRAMES_END
