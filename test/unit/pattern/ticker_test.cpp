#include <tutti/pattern/ticker.hpp>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <tutti/testing/explore.hpp>
#include <tutti/testing/run_virtual.hpp>
#include <tutti/tutti.hpp>

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

task<> ten_ticks() {
  const time_point start = clock::now();
  ticker t{100ms};
  for (int i = 1; i <= 10; ++i) {
    EXPECT_TRUE(co_await t.tick());
    EXPECT_EQ(clock::now() - start, i * 100ms);
    co_await sleep(i * 9ms);  // work that takes less than a period moves no tick
  }
  EXPECT_EQ(t.missed(), 0U);
}
TEST(Ticker, TenTicksInTenPeriodsWithoutDrift) { lab::run_virtual(ten_ticks()); }

task<> slow_tick() {
  const time_point start = clock::now();
  ticker t{100ms};
  EXPECT_TRUE(co_await t.tick());
  co_await sleep(350ms);  // 200, 300 and 400 go by, it is 450
  EXPECT_TRUE(co_await t.tick());
  EXPECT_EQ(clock::now() - start, 450ms);
  EXPECT_EQ(t.missed(), 2U);
  EXPECT_TRUE(co_await t.tick());
  EXPECT_EQ(clock::now() - start, 500ms);
  EXPECT_EQ(t.missed(), 2U);
}
TEST(Ticker, ASlowTickNeverPilesUp) { lab::run_virtual(slow_tick()); }

task<> counts(ticker& t, int& n) {
  int seen = 0;
  while (co_await t.tick()) ++seen;
  n = seen;
}
task<> stopped_while_waiting() {
  ticker t{1h};
  int n = 0;
  auto counting = spawn(counts(t, n));
  co_await sleep(90min);
  const time_point then = clock::now();
  t.stop();
  co_await std::move(counting);
  EXPECT_EQ(clock::now(), then);
  EXPECT_EQ(n, 1);
  EXPECT_FALSE(co_await t.tick());
  EXPECT_TRUE(t.is_stopped());
}
TEST(Ticker, StopEndsTheWaitAtOnce) { lab::run_virtual(stopped_while_waiting()); }

task<> a_cancelled_tick_is_kept() {
  const time_point start = clock::now();
  ticker t{100ms};
  EXPECT_FALSE((co_await move_on_after(30ms, t.tick())).has_value());
  EXPECT_FALSE((co_await move_on_after(30ms, t.tick())).has_value());
  EXPECT_TRUE(co_await t.tick());
  EXPECT_EQ(clock::now() - start, 100ms);
  EXPECT_EQ(t.missed(), 0U);
}
TEST(Ticker, CancellingAWaitLosesNoTick) { lab::run_virtual(a_cancelled_tick_is_kept()); }

task<> ticks_in_cancelled_scope(ticker& t, bool& threw) {
  cancel_scope scope;
  co_await scope.run([](ticker& of, cancel_scope& s, bool& seen) -> task<> {
    s.cancel();
    try {
      (void)co_await of.tick();
    } catch (const cancelled&) {
      seen = true;
      throw;
    }
  }(t, scope, threw));
}
TEST(Ticker, ACancelledScopeThrowsEvenWhenStopped) {
  lab::run_virtual([]() -> task<> {
    ticker t{1s};
    t.stop();
    bool threw = false;
    co_await ticks_in_cancelled_scope(t, threw);
    EXPECT_TRUE(threw);
  }());
}

task<> on_a_thread() {
  std::vector<duration> at;
  const time_point start = clock::now();
  {
    ticker t{100ms, [&] { at.push_back(clock::now() - start); }, {.name = "beat"}};
    co_await sleep(350ms);
    t.stop();
    co_await sleep(1s);
    EXPECT_THROW((void)co_await t.tick(), error);
  }
  EXPECT_EQ(at, (std::vector<duration>{100ms, 200ms, 300ms}));
}
TEST(Ticker, RunsItsFunctionOnAThreadOfItsOwn) { lab::run_virtual(on_a_thread()); }

task<> stops_itself() {
  int n = 0;
  ticker* self = nullptr;
  ticker t{1s, [&] {
             if (++n == 3) self->stop();
           }};
  self = &t;
  co_await sleep(1h);
  EXPECT_EQ(n, 3);
}
TEST(Ticker, ATickMayStopItsTicker) { lab::run_virtual(stops_itself()); }

std::string heard;
void listen(std::string_view name, const std::exception_ptr& e) noexcept {
  heard = std::string(name) + ": " + detail::describe(e);
}
task<> fails_once() {
  int n = 0;
  ticker t{1s,
           [&] {
             if (++n == 1) throw std::runtime_error("not today");
           },
           {.name = "backup"}};
  co_await sleep(3500ms);
  EXPECT_EQ(n, 3);
}
TEST(Ticker, AnErrorIsReportedAndTheNextTickComes) {
  const auto former = detail::set_unobserved_handler(&listen);
  lab::run_virtual(fails_once());
  detail::set_unobserved_handler(former);
  EXPECT_EQ(heard, "backup: std::runtime_error: not today");
}

TEST(Ticker, StopReachesAFunctionThatTakesAToken) {
  std::atomic<bool> begun = false;
  std::atomic<bool> asked = false;
  {
    ticker t{1us, [&](std::stop_token stop) {
               begun = true;
               while (!stop.stop_requested()) this_task::check();
               asked = true;
             }};
    while (!begun) {
    }
  }
  EXPECT_TRUE(asked);
}

TEST(Ticker, RefusesAPeriodThatIsNotPositive) {
  EXPECT_THROW(ticker(0s), std::invalid_argument);
  EXPECT_THROW(ticker(-1s, [] {}), std::invalid_argument);
}

task<> stops_in_the_middle() {
  int n = 0;
  ticker t{1ms, [&] { ++n; }};
  co_await sleep(2ms);  // a tick is due at this very moment
  t.stop();
  co_await sleep(1us);  // one that had begun is over
  const int begun = n;
  co_await sleep(10ms);
  lab::check(n == begun && n <= 2);
}
TEST(Ticker, NoTickBeginsAfterStopInAnySchedule) {
  lab::explore({.schedules = 500}, [] { run(stops_in_the_middle()); });
}

task<> stopped_by_a_thread() {
  ticker t{1h};
  thread other([&] { t.stop(); });
  lab::check(!co_await t.tick());
}
TEST(Ticker, StopFromAThreadIsNeverLost) {
  lab::explore({.schedules = 500}, [] { run(stopped_by_a_thread()); });
}

}  // namespace
}  // namespace tutti
