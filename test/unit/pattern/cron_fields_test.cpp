#include <tutti/pattern/detail/cron_fields.hpp>

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace tutti::detail {
namespace {
using namespace std::chrono;

calendar_minute at(int y, unsigned m, unsigned d, int hour, int minute) {
  const sys_days day = year(y) / month(m) / std::chrono::day(d);
  return duration_cast<minutes>(day.time_since_epoch()).count() + hour * 60 + minute;
}

std::string text(std::optional<calendar_minute> m) {
  if (!m) return "never";
  const sys_days day = floor<days>(sys_time<minutes>(minutes(*m)));
  const year_month_day date(day);
  const auto rest = *m - duration_cast<minutes>(day.time_since_epoch()).count();
  char out[64];
  std::snprintf(out, sizeof out, "%04d-%02u-%02u %02d:%02d", int(date.year()),
                unsigned(date.month()), unsigned(date.day()), int(rest / 60), int(rest % 60));
  return out;
}

std::string next(std::string_view line, calendar_minute from) {
  return text(cron_fields(line).after(from));
}

TEST(CronFields, FindsTheNextMatchingMinute) {
  const calendar_minute friday = at(2024, 2, 23, 10, 7);  // a Friday in a leap year
  EXPECT_EQ(next("* * * * *", friday), "2024-02-23 10:08");
  EXPECT_EQ(next("7 10 * * *", friday), "2024-02-24 10:07");
  EXPECT_EQ(next("*/15 * * * *", friday), "2024-02-23 10:15");
  EXPECT_EQ(next("5-10/3 * * * *", friday), "2024-02-23 10:08");
  EXPECT_EQ(next("50/5 * * * *", friday), "2024-02-23 10:50");
  EXPECT_EQ(next("0 9,17 * * *", friday), "2024-02-23 17:00");
  EXPECT_EQ(next("30 3 * * mon-fri", friday), "2024-02-26 03:30");
  EXPECT_EQ(next("0 0 * * 7", friday), "2024-02-25 00:00");
  EXPECT_EQ(next("0 0 * * SUN", friday), "2024-02-25 00:00");
  EXPECT_EQ(next("0 0 31 * *", friday), "2024-03-31 00:00");
  EXPECT_EQ(next("0 0 1 Jan *", friday), "2025-01-01 00:00");
  EXPECT_EQ(next("  59\t23  31 12 *", friday), "2024-12-31 23:59");
}

TEST(CronFields, FindsALeapDayAndKnowsWhatNeverComes) {
  EXPECT_EQ(next("0 0 29 2 *", at(2024, 3, 1, 0, 0)), "2028-02-29 00:00");
  EXPECT_EQ(next("0 0 29 2 *", at(2096, 3, 1, 0, 0)), "2104-02-29 00:00");
  EXPECT_EQ(next("0 0 29 2 */7", at(2032, 3, 1, 0, 0)), "2060-02-29 00:00");  // on a Sunday
  EXPECT_EQ(next("0 0 31 2 *", at(2024, 1, 1, 0, 0)), "never");
}

TEST(CronFields, EitherDayMatchesWhereBothAreGiven) {
  const calendar_minute start = at(2024, 3, 1, 0, 0);
  EXPECT_EQ(next("0 0 13 * fri", start), "2024-03-08 00:00");
  EXPECT_EQ(next("0 0 5 * fri", start), "2024-03-05 00:00");
  EXPECT_EQ(next("0 0 */2 * fri", start), "2024-03-15 00:00");  // a star: both must match
}

TEST(CronFields, KnowsTheNicknames) {
  const calendar_minute start = at(2024, 5, 15, 13, 30);
  EXPECT_EQ(next("@hourly", start), "2024-05-15 14:00");
  EXPECT_EQ(next("@daily", start), "2024-05-16 00:00");
  EXPECT_EQ(next("@weekly", start), "2024-05-19 00:00");
  EXPECT_EQ(next("@monthly", start), "2024-06-01 00:00");
  EXPECT_EQ(next("@yearly", start), "2025-01-01 00:00");
}

std::string refusal(std::string_view line) {
  try {
    (void)cron_fields(line);
    return "accepted";
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
}

TEST(CronFields, SaysWhichFieldIsWrong) {
  EXPECT_EQ(refusal("* * * *"),
            "cron: \"* * * *\" has 4 fields; write minute, hour, day of month, month, day of week");
  EXPECT_EQ(refusal("60 * * * *"), "cron: the minute field \"60\" is out of its range");
  EXPECT_EQ(refusal("* 5-3 * * *"), "cron: the hour field \"5-3\" ends before it begins");
  EXPECT_EQ(refusal("* * 0 * *"), "cron: the day of month field \"0\" is out of its range");
  EXPECT_EQ(refusal("* * * feb,xyz *"), "cron: the month field \"xyz\" is no number");
  EXPECT_EQ(refusal("*/0 * * * *"), "cron: the minute field \"*/0\" has a step of 0");
  EXPECT_EQ(refusal("1, * * * *"), "cron: the minute field \"1,\" is not complete");
  EXPECT_EQ(refusal("@reboot"),
            "cron: \"@reboot\" has 1 fields; write minute, hour, day of month, month, day of week");
  EXPECT_EQ(refusal(""),
            "cron: \"\" has 0 fields; write minute, hour, day of month, month, "
            "day of week");
}

}  // namespace
}  // namespace tutti::detail
