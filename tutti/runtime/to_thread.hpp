/// \file
/// Blocking calls from coroutines, on threads that come and go with the demand.
#pragma once

#include <source_location>
#include <type_traits>
#include <utility>

#include <tutti/base/invoke.hpp>
#include <tutti/core/executor.hpp>
#include <tutti/core/future.hpp>
#include <tutti/core/submitted.hpp>

TUTTI_CLOSURE_FRAMES_BEGIN

namespace tutti {
namespace detail {

/// Where blocking calls of the running task go: the threads of its run, else the process's own.
/// Throws std::system_error if there is no thread and none can be started.
scheduler& blocking_threads();
/// The call for which blocking_threads() was asked could not be made.
void give_back_thread(scheduler& threads) noexcept;

template <class F, class... Args>
future<work_result_t<F, Args...>> start_on_thread(F&& f, Args&&... args) {
  scheduler& threads = blocking_threads();
  try {
    return start_call(threads, scope_here(), nullptr, {}, std::source_location::current(), true,
                      std::forward<F>(f), std::forward<Args>(args)...);
  } catch (...) {
    give_back_thread(threads);
    throw;
  }
}

template <class F, class... Args>
task<work_result_t<F, Args...>> to_thread_task(F f, Args... args) {
  auto call = start_on_thread(std::move(f), std::move(args)...);
  co_return co_await std::move(call);
}

/// A semaphore or a limiter.
template <class L>
concept limits_calls = requires(L& l) { l.async_acquire(); };

/// A callable that holds a permit until its call is over, or is known never to begin.
template <class F, class Permit>
class limited_call {
 public:
  limited_call(F f, Permit held) : f_(std::move(f)), held_(std::move(held)) {}
  template <class... Args>
    requires std::is_invocable_v<F, Args...>
  std::invoke_result_t<F, Args...> operator()(Args&&... args) {
    const Permit held = std::move(held_);
    return detail::invoke(std::move(f_), std::forward<Args>(args)...);
  }

 private:
  F f_;
  Permit held_;
};

template <class L>
auto permit_of_its_own(L& limiter) {
  if constexpr (requires { limiter.async_borrow(); }) {
    return limiter.async_borrow();
  } else {
    return limiter.async_acquire();
  }
}

template <class L, class F, class... Args>
task<work_result_t<F, Args...>> limited_to_thread_task(L& limiter, F f, Args... args) {
  auto held = co_await permit_of_its_own(limiter);
  limited_call<F, decltype(held)> call(std::move(f), std::move(held));
  auto work =
      to_thread_task<limited_call<F, decltype(held)>, Args...>(std::move(call), std::move(args)...);
  co_return co_await std::move(work);
}

}  // namespace detail

/// Calls `f(args...)`, which may block, on a thread of the elastic blocking pool, and gives what it
/// returns.
///
/// Overlap: the loop goes on meanwhile; up to `blocking_threads_max` calls run at once, more wait
/// their turn. Errors:  what `f` throws, with its type. Cancel:  a call that has not started never
/// does; one that runs and takes a `std::stop_token` first is asked and
///          waited for; any other goes on by itself, its result is dropped, and the run waits for
///          it at its end.
/// Lifetime: `f` and the arguments are copied or moved; idle threads end after a while.
/// ```
/// auto n = co_await tutti::to_thread(::read, fd, buffer, size);
/// ```
/// Source: `asyncio.to_thread`.
template <class F, class... Args>
  requires detail::submittable<F, Args...>
TUTTI_CORO_WRAPPER task<detail::work_result_t<F, Args...>> to_thread(F&& f, Args&&... args) {
  TUTTI_REFUSE_CLOSURE(F);
  return detail::to_thread_task<std::decay_t<F>, std::decay_t<Args>...>(
      std::forward<F>(f), std::forward<Args>(args)...);
}

/// The same with a permit of `limiter` (a `capacity_limiter` or a semaphore, which must outlive the
/// run): awaited first, and held until the call has really ended, also when nobody waits for it any
/// more.
/// ```
/// tutti::capacity_limiter lookups{4};
/// auto address = co_await tutti::to_thread(lookups, resolve, name);
/// ```
/// Source: `trio.to_thread.run_sync(…, limiter=…)`.
template <detail::limits_calls Limiter, class F, class... Args>
  requires detail::submittable<F, Args...>
TUTTI_CORO_WRAPPER task<detail::work_result_t<F, Args...>> to_thread(Limiter& limiter, F&& f,
                                                                     Args&&... args) {
  TUTTI_REFUSE_CLOSURE(F);
  return detail::limited_to_thread_task<Limiter, std::decay_t<F>, std::decay_t<Args>...>(
      limiter, std::forward<F>(f), std::forward<Args>(args)...);
}

/// How many blocking calls of one run are on threads at the same time.
inline constexpr unsigned blocking_threads_max = 64;

}  // namespace tutti

TUTTI_CLOSURE_FRAMES_END
