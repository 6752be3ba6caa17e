/// \file
/// Through which coroutines an exception came.
#pragma once

#include <exception>
#include <source_location>
#include <string>
#include <vector>

namespace tutti {

/// One coroutine that an exception passed through.
struct trace_frame {
  std::string function;
  std::string file;
  unsigned line = 0;
};

/// The coroutines that `e` has left so far, innermost first, each with the line of the `co_await`
/// that threw; for the one that threw it itself, the last `co_await` it had passed, or the line
/// where it begins. Works across `gather`, groups, futures and executors, since the exception stays
/// the same object; whoever rethrows a shared one adds to it.
///
/// At most 32 are kept. Empty for what never left a coroutine, for `cancelled` and
/// `future_cancelled`, and for another process. Costs nothing unless something is thrown.
/// ```
/// catch (const std::exception& e) { log(e.what(), tutti::async_trace()); }
/// ```
/// Source: Python's tracebacks through `await`; Folly's asynchronous stack traces.
std::vector<trace_frame> async_trace(const std::exception_ptr& e = std::current_exception());

/// Type, text and async trace of an exception, one line each, for people:
/// ```
/// std::out_of_range: no such key
///     in find (store.cpp:12)
///     in serve (store.cpp:40)
/// ```
std::string error_text(const std::exception_ptr& e = std::current_exception());

namespace detail {
/// Notes that `error` leaves the coroutine that stands at `at`.
void note_passage(const std::exception_ptr& error, const std::source_location& at) noexcept;
/// The function's name without result and parameters.
std::string function_of(const std::source_location& at);
/// Is it a coroutine of tutti's own headers, which says nothing to users?
bool is_of_the_house(const std::source_location& at) noexcept;
}  // namespace detail
}  // namespace tutti
