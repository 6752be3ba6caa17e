/// \file
/// Writing down what goes wrong on its way out.
#pragma once

#include <iosfwd>
#include <utility>

#include <tutti/core/spawned.hpp>

namespace tutti {
namespace detail {

/// One line: the running task's name, then type, text and async trace of the current exception.
void write_exception(std::ostream& log) noexcept;

template <class T>
task<T> log_exceptions_task(std::ostream& log, task<T> work) {
  try {
    co_return co_await std::move(work);
  } catch (const cancelled&) {
    throw;
  } catch (...) {
    write_exception(log);
    throw;
  }
}

}  // namespace detail

namespace observe {

/// Awaits `a`; what it throws is written to `log` with the task's name, type, text and async trace,
/// and thrown on. Cancellation is no error and is not written.
///
/// `log` must outlive the work. A record is one write; tasks on several threads need a stream that
/// allows that, as std::cerr does.
/// ```
/// group.spawn(tutti::observe::log_exceptions(std::cerr, fetch(url)), {.name = "fetch"});
/// ```
/// Source: `logging.exception`.
template <awaitable A>
TUTTI_CORO_WRAPPER task<await_result_t<A>> log_exceptions(std::ostream& log, A&& a) {
  return detail::log_exceptions_task<await_result_t<A>>(log, detail::as_task(std::forward<A>(a)));
}

}  // namespace observe
}  // namespace tutti
