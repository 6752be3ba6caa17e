/// \file
/// Something to do again and again, at a steady pace: `ticker`.
#pragma once

#include <concepts>
#include <cstdint>
#include <stop_token>
#include <string_view>
#include <utility>

#include <tutti/pattern/detail/ticking.hpp>

namespace tutti {
namespace detail {

/// `start + period`, `start + 2 * period`, …: the pace is that of the start, so it never drifts.
std::unique_ptr<tick_plan> steady_plan(duration period);

/// A callable for a ticker's thread, which hands it a stop_token if it takes one.
template <class F>
function<void(std::stop_token)> tick_body(F&& fn) {
  return [f = std::forward<F>(fn)](std::stop_token stop) mutable {
    if constexpr (std::invocable<std::decay_t<F>&, std::stop_token>) {
      f(std::move(stop));
    } else {
      f();
    }
  };
}
template <class F>
concept tick_callable = std::invocable < std::decay_t<F>
& > || std::invocable<std::decay_t<F>&, std::stop_token>;

}  // namespace detail

/// Options of a `ticker` with a thread of its own.
struct ticker_options {
  std::string_view name = "ticker";  ///< of the thread; copied
};

/// A tick every `period`, the first one a period after the start.
///
/// Threads:  stop() and missed() from anywhere; tick() by one task at a time.
/// Lifetime: the destructor stops it, waits for a tick that runs, and joins the thread; a tick may
///           not destroy its own ticker.
/// Wakes:    stop() wakes tick() and the thread at once.
/// Order:    after stop() no further tick begins; one that has begun may still run.
/// Cancel:   a cancelled tick() takes nothing: the next call gives that tick.
///
/// Ticks are due at multiples of the period after the start, whatever the work between them takes:
/// no drift. Late by more than a period, one tick comes at once, the others that are overdue are
/// counted in `missed()` and never made up for, and the next one is on the beat again.
/// ```
/// tutti::ticker t{100ms};
/// while (co_await t.tick()) look();              // awaited; false once stopped
///
/// tutti::ticker beat{1s, [&] { save(state); }};  // on a thread of its own
/// ```
/// What the function throws goes to the unobserved-error handler with the ticker's name, and the
/// next tick comes as planned. A function that takes a `std::stop_token` can see stop(). Errors:
/// `std::invalid_argument` for a period that is not positive. Source: Go's `time.Ticker`, tokio's
/// `Interval` with `MissedTickBehavior::Skip`.
class ticker {
 public:
  explicit ticker(detail::timespan period) : body_(detail::steady_plan(period), "ticker") {}
  template <detail::tick_callable F>
  ticker(detail::timespan period, F&& fn, ticker_options options = {})
      : body_(detail::steady_plan(period), options.name, detail::tick_body(std::forward<F>(fn))) {}

  /// Awaits the next tick: true when it has come, false once stopped. A tick that is overdue comes
  /// at once, but lets other tasks run first.
  TUTTI_CORO_WRAPPER task<bool> tick() { return body_.tick(); }
  /// No tick begins after this. Never waits.
  void stop() noexcept { body_.stop(); }
  bool is_stopped() const noexcept { return body_.is_stopped(); }
  /// Ticks that were due while an earlier one was still dealt with.
  std::uint64_t missed() const noexcept { return body_.missed(); }

 private:
  detail::ticking body_;
};

}  // namespace tutti
