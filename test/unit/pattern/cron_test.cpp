#include <tutti/pattern/cron.hpp>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <tutti/sys/wall_clock.hpp>
#include <tutti/testing/run_virtual.hpp>
#include <tutti/tutti.hpp>

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

/// Full minutes since the calendar's beginning.
std::int64_t minute_now() {
  return std::chrono::duration_cast<std::chrono::minutes>(sys::wall_now()).count();
}

task<> awaited() {
  cron c{"*/20 * * * *", {.utc = true}};
  std::int64_t before = minute_now();
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(co_await c.tick());
    EXPECT_EQ(sys::wall_now() % 20min, 0ns);
    EXPECT_EQ(minute_now(), before / 20 * 20 + 20);
    before = minute_now();
  }
  EXPECT_EQ(c.missed(), 0U);
}
TEST(Cron, FiresAtTheMinutesItNames) { lab::run_virtual(awaited()); }

task<> on_a_thread() {
  std::vector<std::int64_t> at;
  {
    const cron nightly{
        "30 3 * * *", [&] { at.push_back(minute_now() % (24 * 60)); }, {.utc = true}};
    co_await sleep(72h);
  }
  EXPECT_EQ(at, (std::vector<std::int64_t>{210, 210, 210}));
}
TEST(Cron, RunsOnAThreadOfItsOwn) { lab::run_virtual(on_a_thread()); }

task<> slow() {
  cron c{"* * * * *", {.utc = true}};
  EXPECT_TRUE(co_await c.tick());
  co_await sleep(210s);
  EXPECT_TRUE(co_await c.tick());
  EXPECT_EQ(c.missed(), 2U);
  const std::int64_t then = minute_now();
  EXPECT_TRUE(co_await c.tick());
  EXPECT_EQ(minute_now(), then + 1);
  EXPECT_EQ(c.missed(), 2U);
}
TEST(Cron, CountsTheMinutesItMissed) { lab::run_virtual(slow()); }

task<> never() {
  cron c{"0 0 31 2 *"};
  EXPECT_FALSE(co_await move_on_after(1000h, c.tick()));
  c.stop();
  EXPECT_FALSE(co_await c.tick());
}
TEST(Cron, WaitsForeverForADayThatNeverComes) { lab::run_virtual(never()); }

/// Puts this machine into another time zone while it lives.
class in_zone {
 public:
  explicit in_zone(const char* zone) {
    if (const char* const set = std::getenv("TZ")) former_ = set;
    setenv("TZ", zone, 1);
    tzset();
  }
  ~in_zone() {
    former_ ? setenv("TZ", former_->c_str(), 1) : unsetenv("TZ");
    tzset();
  }
  in_zone(const in_zone&) = delete;
  in_zone& operator=(const in_zone&) = delete;

 private:
  std::optional<std::string> former_;
};

task<> at_noon() {
  cron c{"0 12 * * *"};
  EXPECT_TRUE(co_await c.tick());
  EXPECT_EQ(sys::wall_now() % 24h, 6h + 30min);
}
TEST(Cron, FollowsTheTimeZone) {
  const in_zone east("AAA-05:30");  // five and a half hours
  lab::run_virtual(at_noon());
}

/// The time of day in UTC of three ticks from `day` of 1970 on.
task<std::vector<duration>> three_ticks(int day) {
  co_await sleep(day * 24h - sys::wall_now());
  cron c{"30 2 * * *"};
  std::vector<duration> at;
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(co_await c.tick());
    at.push_back(sys::wall_now() - day * 24h - i * 24h);
  }
  co_return at;
}
TEST(Cron, SkipsAndRepeatsWithDaylightSaving) {
  const in_zone europe("AAA-1BBB,M3.5.0,M10.5.0/3");
  // On 29 March 1970, at 02:00 (01:00 UTC), clocks go to 03:00: that day has no 02:30.
  EXPECT_EQ(lab::run_virtual(three_ticks(86)), (std::vector<duration>{90min, 90min, 30min}));
  // On 25 October they go from 03:00 back to 02:00 (01:00 UTC): 02:30 comes twice, the tick once.
  EXPECT_EQ(lab::run_virtual(three_ticks(296)), (std::vector<duration>{30min, 30min, 90min}));
}

/// Two minutes of an hour that comes twice, in UTC after midnight of that day.
task<std::vector<duration>> in_the_repeated_hour(int day) {
  co_await sleep(day * 24h - 30min - sys::wall_now());
  cron c{"0,30 2 * * *"};
  std::vector<duration> at;
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(co_await c.tick());
    at.push_back(sys::wall_now() - day * 24h);
  }
  co_return at;
}
TEST(Cron, ARepeatedHourCountsTheFirstTime) {
  const in_zone europe("AAA-1BBB,M3.5.0,M10.5.0/3");
  for (const int month : {0, 6}) {
    std::tm former{};  // the C library guesses by the offset that it met last
    former.tm_year = 70;
    former.tm_mon = month;
    former.tm_mday = 1;
    former.tm_isdst = -1;
    (void)std::mktime(&former);
    EXPECT_EQ(lab::run_virtual(in_the_repeated_hour(297)),
              (std::vector<duration>{0min, 30min, 25h}));
  }
}

TEST(Cron, RefusesWhatIsNoFiveFields) { EXPECT_THROW(cron("every day"), std::invalid_argument); }

}  // namespace
}  // namespace tutti
