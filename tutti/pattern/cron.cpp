#include <tutti/pattern/cron.hpp>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <limits>
#include <optional>

#include <tutti/base/clock.hpp>
#include <tutti/pattern/detail/cron_fields.hpp>
#include <tutti/sys/wall_clock.hpp>

namespace tutti::detail {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

/// Between two time scales: seconds since 1970 as people's clocks count them here, and in UTC.
std::int64_t local_from_utc(std::int64_t utc) noexcept {
  const std::time_t t = utc;
  std::tm parts{};
  localtime_r(&t, &parts);
  return timegm(&parts);
}
/// The first moment after `utc` at which clocks here show `local`; where none does, because they
/// skip that time, the moment as much later. Empty: it has been. Asking mktime to guess would give
/// the one or the other of two moments, as former calls left it.
std::optional<std::int64_t> utc_from_local(std::int64_t local, std::int64_t utc) noexcept {
  const std::time_t t = local;
  std::optional<std::int64_t> found;
  std::int64_t latest = std::numeric_limits<std::int64_t>::min();
  bool exists = false;
  for (const int summer : {1, 0}) {
    std::tm parts{};
    gmtime_r(&t, &parts);
    parts.tm_isdst = summer;
    const std::int64_t at = std::mktime(&parts);
    latest = std::max(latest, at);
    if (local_from_utc(at) != local) continue;
    exists = true;
    if (at > utc && (!found || at < *found)) found = at;
  }
  if (!exists && latest > utc) found = latest;
  return found;
}

std::int64_t wall_seconds() noexcept {
  return std::chrono::floor<seconds>(sys::wall_now()).count();
}

class calendar final : public tick_plan {
 public:
  calendar(std::string_view fields, bool utc) : fields_(fields), utc_(utc) {
    due_ = following(wall_seconds());
  }

  /// Now and then it looks whether somebody has set the clock.
  time_point next() noexcept override {
    constexpr duration look_max = minutes(1);
    if (!due_) return time_point::max();
    const duration left = duration(seconds(*due_)) - sys::wall_now();
    return saturating_add(clock::now(), left < look_max ? left : look_max);
  }
  std::optional<std::uint64_t> arrive(time_point) noexcept override {
    const std::int64_t wall = wall_seconds();
    if (!due_) return std::nullopt;
    if (wall < *due_) {
      if (set_back(wall)) due_ = following(wall);
      return std::nullopt;
    }
    std::uint64_t unseen = 0;
    // A clock that was set far ahead missed nothing that could still be done: counting stops there.
    constexpr std::uint64_t counted_max = 10'000;
    std::optional<std::int64_t> passed = following(*due_);
    while (passed && *passed <= wall && unseen < counted_max) {
      ++unseen;
      passed = following(*passed);
    }
    due_ = following(wall);
    return unseen;
  }

 private:
  /// The clock stands before the minute from which the next one was worked out.
  bool set_back(std::int64_t wall) const noexcept { return wall + 60 < worked_out_at_; }

  /// The first matching time after `utc`.
  std::optional<std::int64_t> following(std::int64_t utc) noexcept {
    worked_out_at_ = utc;
    const std::int64_t local = utc_ ? utc : local_from_utc(utc);
    std::optional<calendar_minute> m = std::chrono::floor<minutes>(seconds(local)).count();
    do {
      m = fields_.after(*m);
      if (!m) return std::nullopt;
      const std::int64_t found = seconds(minutes(*m)).count();
      if (utc_) return found;
      if (const auto at = utc_from_local(found, utc)) return at;
    } while (true);  // an hour that daylight saving repeats: its minutes have been
  }

  cron_fields fields_;
  const bool utc_;
  std::int64_t worked_out_at_ = 0;
  std::optional<std::int64_t> due_;  ///< seconds since 1970, UTC
};

}  // namespace

std::unique_ptr<tick_plan> calendar_plan(std::string_view fields, bool utc) {
  return std::make_unique<calendar>(fields, utc);
}

}  // namespace tutti::detail
