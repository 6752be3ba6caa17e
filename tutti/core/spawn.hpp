/// \file
/// Background tasks of the current `run`, and moving work to another executor.
#pragma once

#include <source_location>
#include <type_traits>
#include <utility>

#include <tutti/core/gather.hpp>
#include <tutti/core/spawned.hpp>

namespace tutti {
namespace detail {

/// The scope of the run this is called in; throws outside one.
root_scope& current_run(const char* who);

template <class T, class E>
task<T> on_task(E& executor, std::source_location site, task<T> work) {
  scheduler& where = executor.scheduler_ref();
  [[maybe_unused]] const auto open = [&] {
    if constexpr (requires { executor.hold_open(); }) {
      return executor.hold_open();  // shutdown waits for this work too
    } else {
      return 0;
    }
  }();
  fan_scope fan(fan_scope::rule::first_failure, co_await this_cell());
  fan_awaiter<T> child(fan, &where, site, std::move(work));
  co_await child;
  outcome<T>& o = child.template result<0>();
  if (!o.has_value() && is_cancellation(o.exception())) fan.throw_child_cancelled();
  co_return take<T>(o);
}

}  // namespace detail

/// Anything that runs coroutines: thread_pool, event_loop.
template <class E>
concept coroutine_executor = requires(E& e) {
  { e.scheduler_ref() } -> std::same_as<detail::scheduler&>;
};

/// Starts `a` as a background task of the current `run`, which cancels and awaits it when it ends.
///
/// On a loop it never runs before the caller's next wait. Dropping the future neither cancels nor
/// waits; its error, if nobody reads it, goes to the unobserved-error handler. Outside a run it
/// throws `error`.
/// Source: `asyncio.create_task`.
template <awaitable A>
future<await_result_t<A>> spawn(A&& a, task_options options = {},
                                std::source_location site = std::source_location::current()) {
  detail::root_scope& run = detail::current_run("spawn");
  return detail::start_task<await_result_t<A>>(run.place(), &run, &run, false,
                                               detail::as_task(std::forward<A>(a)), options, site);
}
/// The same for `fn(args...)`, a coroutine function; the task owns the callable and its arguments.
template <class F, class... Args>
  requires(!awaitable<F> && std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...>)
auto spawn(F&& fn, Args&&... args) {
  using result = std::remove_cvref_t<std::invoke_result_t<std::decay_t<F>, std::decay_t<Args>...>>;
  static_assert(detail::is_task<result>::value,
                "spawn(fn, args...): fn must be a coroutine returning task<T>; for a blocking call "
                "use to_thread");
  return spawn(detail::call_coroutine<std::decay_t<F>, std::decay_t<Args>...>(
      std::forward<F>(fn), std::forward<Args>(args)...));
}

/// Runs `a` on another executor and comes back here with its result.
///
/// Cancel: reaches it there. Its children are stolen by idle threads of a pool: `on(pool,
/// gather(left(), right()))` is fork-join. A process cannot run a coroutine. Errors: `closed` when
/// the executor was shut down.
template <coroutine_executor E, awaitable A>
TUTTI_CORO_WRAPPER task<await_result_t<A>> on(E& executor, A&& a) {
  return detail::on_task<await_result_t<A>>(executor, detail::here(),
                                            detail::as_task(std::forward<A>(a)));
}

}  // namespace tutti
