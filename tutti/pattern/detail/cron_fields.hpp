/// \file
/// The five fields of a crontab line, and the next minute they match.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tutti::detail {

/// Minutes since 1970-01-01 00:00 of whatever calendar the caller counts in.
using calendar_minute = std::int64_t;

/// `minute hour day-of-month month day-of-week`, each `*`, a number, a range `a-b`, a step `/n`
/// behind either, or a list of these with commas; months and days of the week also by their first
/// three letters; Sunday is 0 and 7. Where both days are given, either may match. Also `@hourly`,
/// `@daily`, `@weekly`, `@monthly`, `@yearly`. Source: crontab(5) of Vixie cron.
class cron_fields {
 public:
  /// Throws std::invalid_argument that says which field is wrong and why.
  explicit cron_fields(std::string_view line);

  /// The first matching minute after `m`; empty if no such day comes (`0 0 31 2 *`).
  std::optional<calendar_minute> after(calendar_minute m) const noexcept;

 private:
  std::uint64_t minutes_ = 0;  ///< one bit for each value
  std::uint64_t hours_ = 0;
  std::uint64_t days_ = 0;
  std::uint64_t months_ = 0;
  std::uint64_t weekdays_ = 0;
  bool either_day_ = false;  ///< neither field of a day begins with a star
};

}  // namespace tutti::detail
