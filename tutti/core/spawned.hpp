/// \file
/// The cells behind `spawn` and `submit`: a task (or a plain callable) whose result goes to a
/// future.
#pragma once

#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

#include <tutti/base/invoke.hpp>
#include <tutti/core/child_group.hpp>
#include <tutti/core/future.hpp>
#include <tutti/core/hook.hpp>
#include <tutti/core/task.hpp>

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

/// Does `std::jthread` pass a stop_token to this callable?
template <class F, class... Args>
inline constexpr bool takes_stop_token =
    std::is_invocable_v<std::decay_t<F>, std::stop_token, std::decay_t<Args>...>;

template <class F, class... Args>
struct call_result {};
template <class F, class... Args>
  requires(!takes_stop_token<F, Args...> &&
           std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...>)
struct call_result<F, Args...> {
  using type = std::invoke_result_t<std::decay_t<F>, std::decay_t<Args>...>;
};
template <class F, class... Args>
  requires takes_stop_token<F, Args...>
struct call_result<F, Args...> {
  using type = std::invoke_result_t<std::decay_t<F>, std::stop_token, std::decay_t<Args>...>;
};
/// What calling `f(args...)` (with a stop_token first where it takes one) returns.
template <class F, class... Args>
using call_result_t = typename call_result<F, Args...>::type;

template <class T>
struct unwrap_task {
  using type = T;
};
template <class T>
struct unwrap_task<task<T>> {
  using type = T;
};
/// The same, and `T` for a callable that returns task<T>: what submit's future holds.
template <class F, class... Args>
using work_result_t = std::remove_cvref_t<typename unwrap_task<call_result_t<F, Args...>>::type>;

template <class F, class... Args>
class call_task final : public future_cell<std::remove_cvref_t<call_result_t<F, Args...>>> {
  using result = std::remove_cvref_t<call_result_t<F, Args...>>;

 public:
  template <class G, class... As>
  call_task(scheduler& on, cancel_node* parent, child_group* group, std::source_location site,
            G&& f, As&&... args)
      : future_cell<result>(on, parent, group, site),
        call_(std::in_place, std::forward<G>(f), std::forward<As>(args)...) {
    this->is_coroutine = false;
    this->listens_ = takes_stop_token<F, Args...>;
  }

 private:
  void start() noexcept override {
    outcome<result> o = invoke();
    discard();
    this->end(std::move(o));
    this->release();
  }
  outcome<result> invoke() noexcept try {
    outcome<result> o;
    const auto call = [](call_task& self, std::decay_t<F>& f,
                         std::decay_t<Args>&... args) -> decltype(auto) {
      if constexpr (takes_stop_token<F, Args...>) {
        return detail::invoke(std::move(f), self.stop_token(), std::move(args)...);
      } else {
        (void)self;
        return detail::invoke(std::move(f), std::move(args)...);
      }
    };
    const auto apply = [&](auto&... parts) -> decltype(auto) { return call(*this, parts...); };
    if constexpr (std::is_void_v<result>) {
      std::apply(apply, *call_);
      o.emplace();
    } else {
      o.emplace(std::apply(apply, *call_));
    }
    return o;
  } catch (...) {
    return outcome<result>::failure(std::current_exception());
  }
  std::coroutine_handle<> body_done() noexcept override { return std::noop_coroutine(); }
  void discard() noexcept override { call_.reset(); }

  std::optional<std::tuple<std::decay_t<F>, std::decay_t<Args>...>> call_;
};

/// Any awaitable as a task; a task is passed on as it is.
template <class T>
task<T> as_task(task<T>&& t) noexcept {
  return std::move(t);
}
template <awaitable A>
  requires(!is_task<std::remove_cvref_t<A>>::value)
TUTTI_CORO_WRAPPER task<await_result_t<A>> as_task(A&& a) {
  return [](std::decay_t<A> kept) -> task<await_result_t<A>> {
    co_return co_await std::move(kept);
  }(std::forward<A>(a));
}

/// A coroutine that owns a callable and its arguments and calls it when it starts.
template <class F, class... Args>
task<typename unwrap_task<std::invoke_result_t<F, Args...>>::type> call_coroutine(F f,
                                                                                  Args... args) {
  co_return co_await detail::invoke(std::move(f), std::move(args)...);
}

/// The last steps of every start: what follows work, listeners, queue. `unowned`: nobody's scope
/// waits for it, so it may outlive the one it was started in (submitted work).
template <class T, class Cell>
future<T> launch(Cell& cell, task_options options, bool unowned) {
  if (task_cell* const here = running_cell()) cell.inherit(*here);
  if (root_scope* const own = cell.where->root()) cell.run_scope = own;
  if (!options.name.empty()) cell.context = cell.context.with_name(options.name);
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
  auto cell = std::make_unique<spawned_task<T>>(on, parent, group, collects, std::move(t), site);
  return launch<T>(*cell.release(), options, unowned);
}

/// Starts a plain callable as work of its own.
template <class F, class... Args>
future<work_result_t<F, Args...>> start_call(scheduler& on, cancel_node* parent, child_group* group,
                                             task_options options, std::source_location site,
                                             bool unowned, F&& f, Args&&... args) {
  using result = work_result_t<F, Args...>;
  if constexpr (is_task<std::remove_cvref_t<call_result_t<F, Args...>>>::value) {
    return start_task<result>(on, parent, group, false,
                              call_coroutine<std::decay_t<F>, std::decay_t<Args>...>(
                                  std::forward<F>(f), std::forward<Args>(args)...),
                              options, site, unowned);
  } else {
    auto cell = std::make_unique<call_task<std::decay_t<F>, std::decay_t<Args>...>>(
        on, parent, group, site, std::forward<F>(f), std::forward<Args>(args)...);
    return launch<result>(*cell.release(), options, unowned);
  }
}

}  // namespace detail
}  // namespace tutti
