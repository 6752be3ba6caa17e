/// \file
/// Something to do at certain times of the calendar: `cron`.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include <tutti/pattern/ticker.hpp>

namespace tutti {

/// Options of a `cron`.
struct cron_options {
  std::string_view name = "cron";  ///< of its thread; copied
  bool utc = false;                ///< the fields mean UTC instead of this machine's time zone
};

namespace detail {
std::unique_ptr<tick_plan> calendar_plan(std::string_view fields, bool utc);
}  // namespace detail

/// A tick whenever the calendar matches the five fields of a crontab line: minute, hour, day of
/// month, month, day of week.
///
/// Threads:  as ticker.
/// Lifetime: as ticker.
/// Wakes:    as ticker.
/// Order:    as ticker.
/// Cancel:   as ticker.
///
/// A field is `*`, a number, a range `a-b`, a list `a,b`, each with a step `/n`; months and days of
/// the week also by name (`jan`, `mon`); Sunday is 0 or 7; where both kinds of days are given,
/// either may match. `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly` stand for the usual
/// five. It follows the machine's clock within a minute when somebody sets it. A time that daylight
/// saving skips comes as much later as it skips, one that it repeats comes once. Matching minutes
/// that pass while the function runs are counted in `missed()`.
/// ```
/// tutti::cron nightly{"30 3 * * mon-fri", back_up};    // on a thread of its own
///
/// tutti::cron c{"*/5 * * * *"};
/// while (co_await c.tick()) look();                    // awaited
/// ```
/// Errors: `std::invalid_argument` names the field that is wrong. Source: crontab(5).
class cron {
 public:
  explicit cron(std::string_view fields, cron_options options = {})
      : body_(detail::calendar_plan(fields, options.utc), "cron") {}
  template <detail::tick_callable F>
  cron(std::string_view fields, F&& fn, cron_options options = {})
      : body_(detail::calendar_plan(fields, options.utc), options.name,
              detail::tick_body(std::forward<F>(fn))) {}

  /// Awaits the next matching minute: true when it has come, false once stopped.
  TUTTI_CORO_WRAPPER task<bool> tick() { return body_.tick(); }
  /// No tick begins after this. Never waits.
  void stop() noexcept { body_.stop(); }
  bool is_stopped() const noexcept { return body_.is_stopped(); }
  /// Matching minutes that passed while an earlier one was still dealt with.
  std::uint64_t missed() const noexcept { return body_.missed(); }

 private:
  detail::ticking body_;
};

}  // namespace tutti
