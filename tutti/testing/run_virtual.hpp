/// \file
/// A coroutine in virtual time.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include <tutti/base/function.hpp>
#include <tutti/base/time.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/testing/failure.hpp>

namespace tutti {
namespace detail {

/// One simulated run, everybody in turn; throws as run_virtual says.
void run_simulated(duration time_max, function_ref<void()> body);
/// Fails the run if a task other than the calling one is alive.
void require_no_live_tasks();

template <class T>
task<T> main_without_leaks(task<T> main) {
  if constexpr (std::is_void_v<T>) {
    co_await std::move(main);
    require_no_live_tasks();
  } else {
    T value = co_await std::move(main);
    require_no_live_tasks();
    co_return value;
  }
}

}  // namespace detail

namespace testing {

/// Like `run`, in a simulation: the clock is virtual and jumps to the next deadline when every task
/// and thread waits, so nothing waits in real time; threads started inside are strands, one
/// schedule, the same every time.
///
/// Result: main's value; what it threw is thrown. Throws `deadlock`, naming everybody, when nothing
/// can ever happen any more, and `failure` for a livelock, a broken check, or a task or thread that
/// main left behind, or when main is not over after `time_max` by the virtual clock. Inside a
/// simulation it is `run`. Source: trio's autojump clock.
/// ```
/// int answer = testing::run_virtual(amain());
/// ```
template <class T>
T run_virtual(task<T> main, run_options options = {}, duration time_max = duration::max()) {
  if constexpr (std::is_void_v<T>) {
    detail::run_simulated(time_max, [&] {
      tutti::run(detail::main_without_leaks<T>(std::move(main)), std::move(options));
    });
  } else {
    std::optional<T> value;
    detail::run_simulated(time_max, [&] {
      value.emplace(tutti::run(detail::main_without_leaks<T>(std::move(main)), std::move(options)));
    });
    return *std::move(value);
  }
}

}  // namespace testing
}  // namespace tutti
