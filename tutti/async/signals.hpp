/// \file
/// Signals of the operating system, awaited.
#pragma once

#include <initializer_list>
#include <memory>

#include <tutti/core/task.hpp>

namespace tutti {
namespace detail {
class signals_body;
}

/// Catches signals from its construction to its destruction; the former dispositions come back
/// then.
///
/// Several objects may name the same signal: each gets it. Equal signals that come before one is
/// taken count once, as the system counts them. Move-only; one loop at a time. Errors:
/// `std::system_error` for a signal that cannot be caught; `error` when too many objects exist.
/// Cancel: no signal is lost; it is there for the next `next()`.
/// ```
/// tutti::signals stop{SIGTERM, SIGHUP};
/// int which = co_await stop.next();
/// ```
class signals {
 public:
  signals(std::initializer_list<int> numbers);
  signals(signals&& other) noexcept;
  signals& operator=(signals&& other) noexcept;
  ~signals();

  /// Waits for one of them and gives its number; of several the lowest.
  task<int> next();

 private:
  std::unique_ptr<detail::signals_body> body_;
};

}  // namespace tutti
