/// \file
/// Blocking calls from coroutines, on threads that come and go with the demand.
#pragma once

#include <source_location>
#include <type_traits>
#include <utility>

#include <tutti/core/executor.hpp>
#include <tutti/core/future.hpp>
#include <tutti/core/submitted.hpp>

namespace tutti {
namespace detail {

/// Where blocking calls of the running task go: the threads of its run, else the process's own.
/// Throws std::system_error if there is no thread and none can be started.
scheduler& blocking_threads();

template <class F, class... Args>
task<work_result_t<F, Args...>> to_thread_task(F f, Args... args) {
  scheduler& threads = blocking_threads();
  auto call = start_call(threads, scope_here(), nullptr, {}, std::source_location::current(), true,
                         std::move(f), std::move(args)...);
  co_return co_await std::move(call);
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

/// How many blocking calls of one run are on threads at the same time.
inline constexpr unsigned blocking_threads_max = 64;

}  // namespace tutti
