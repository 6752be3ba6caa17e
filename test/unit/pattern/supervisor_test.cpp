#include <tutti/pattern/supervisor.hpp>

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

/// What happened, in order.
using diary = std::vector<std::string>;

/// Notes its start and its end; lives for `life`, and fails the first `fails` times.
task<> service(diary& d, std::string name, duration life, int& fails) {
  d.push_back("+" + name);
  try {
    co_await sleep(life);
  } catch (const cancelled&) {
    d.push_back("-" + name);
    throw;
  }
  if (fails > 0) {
    --fails;
    d.push_back("!" + name);
    throw std::runtime_error(name + " broke");
  }
  d.push_back("." + name);
}

/// Three children of which the middle one fails once after a second.
task<diary> with_strategy(restart strategy) {
  diary d;
  int never = 0;
  int once = 1;
  supervisor s{{.strategy = strategy}};
  s.on_restart([&d](std::string_view name, const std::exception_ptr& e) {
    d.push_back("restart " + std::string(name) + ": " + detail::describe(e));
  });
  s.add("a", service, std::ref(d), "a", 10s, std::ref(never));
  s.add("b", service, std::ref(d), "b", 1s, std::ref(once));
  s.add("c", service, std::ref(d), "c", 10s, std::ref(never));
  co_await s.run();
  EXPECT_EQ(s.restarts(), 1U);
  co_return d;
}
const char* const told = "restart b: std::runtime_error: b broke";

TEST(Supervisor, OneForOneStartsTheOneThatFailed) {
  EXPECT_EQ(lab::run_virtual(with_strategy(restart::one_for_one)),
            (diary{"+a", "+b", "+c", "!b", told, "+b", ".b", ".a", ".c"}));
}
TEST(Supervisor, OneForAllStopsInReverseAndStartsAll) {
  EXPECT_EQ(lab::run_virtual(with_strategy(restart::one_for_all)),
            (diary{"+a", "+b", "+c", "!b", told, "-c", "-a", "+a", "+b", "+c", ".b", ".a", ".c"}));
}
TEST(Supervisor, RestForOneLeavesTheEarlierOnesAlone) {
  EXPECT_EQ(lab::run_virtual(with_strategy(restart::rest_for_one)),
            (diary{"+a", "+b", "+c", "!b", told, "-c", "+b", "+c", ".b", ".a", ".c"}));
}

task<> done_stays_done() {
  diary d;
  int never = 0;
  int once = 1;
  supervisor s{{.strategy = restart::one_for_all}};
  s.on_restart([](std::string_view, const std::exception_ptr&) {});
  s.add("short", service, std::ref(d), "short", 1s, std::ref(never));
  s.add("flaky", service, std::ref(d), "flaky", 2s, std::ref(once));
  co_await s.run();
  EXPECT_EQ(d, (diary{"+short", "+flaky", ".short", "!flaky", "+flaky", ".flaky"}));
}
TEST(Supervisor, WhatIsDoneIsNotStartedAgain) { lab::run_virtual(done_stays_done()); }

task<> gives_up() {
  diary d;
  int never = 0;
  int always = 1000;
  const time_point start = clock::now();
  supervisor s{{.restarts_max = 3, .within = 5s}};
  s.on_restart([](std::string_view, const std::exception_ptr&) {});
  s.add("good", service, std::ref(d), "good", 1h, std::ref(never));
  s.add("bad", service, std::ref(d), "bad", 1s, std::ref(always));
  std::string what;
  try {
    co_await s.run();
  } catch (const std::runtime_error& e) {
    what = e.what();
  }
  EXPECT_EQ(what, "bad broke");
  EXPECT_EQ(clock::now() - start, 4s);  // the fourth failure within five seconds
  EXPECT_EQ(s.restarts(), 3U);
  EXPECT_EQ(d.back(), "-good");
}
TEST(Supervisor, PastTheLimitItThrowsTheLastError) { lab::run_virtual(gives_up()); }

task<> slow_failures() {
  diary d;
  int ten = 10;
  supervisor s{{.restarts_max = 3, .within = 5s}};
  s.on_restart([](std::string_view, const std::exception_ptr&) {});
  s.add("now and then", service, std::ref(d), "x", 2s, std::ref(ten));
  co_await s.run();  // three failures in any five seconds, never four
  EXPECT_EQ(s.restarts(), 10U);
}
TEST(Supervisor, OldFailuresAreForgotten) { lab::run_virtual(slow_failures()); }

task<> lower(int& starts) {
  ++starts;
  supervisor s{{.restarts_max = 1}};
  s.on_restart([](std::string_view, const std::exception_ptr&) {});
  s.add("leaf", []() -> task<> {
    co_await sleep(1ms);
    throw std::logic_error("leaf fell");
  });
  co_await s.run();
}
task<> escalates() {
  int starts = 0;
  supervisor s{{.restarts_max = 2}};
  s.on_restart([](std::string_view, const std::exception_ptr&) {});
  s.add("branch", lower, std::ref(starts));
  std::string what;
  try {
    co_await s.run();
  } catch (const std::logic_error& e) {
    what = e.what();
  }
  EXPECT_EQ(what, "leaf fell");
  EXPECT_EQ(starts, 3);
}
TEST(Supervisor, EscalatesToTheOneAbove) { lab::run_virtual(escalates()); }

task<> sleep_for_ever() { co_await sleep(duration::max()); }
task<> stopped() {
  diary d;
  int never = 0;
  supervisor s;
  s.add("a", service, std::ref(d), "a", 1h, std::ref(never));
  s.add("b", service, std::ref(d), "b", 1h, std::ref(never));
  auto running = spawn(s.run());
  co_await sleep(1s);
  s.add("c", service, std::ref(d), "c", 1h, std::ref(never));
  co_await sleep(1s);
  s.stop();
  co_await std::move(running);
  EXPECT_EQ(d, (diary{"+a", "+b", "+c", "-c", "-b", "-a"}));
  co_await s.run();  // stays stopped
  EXPECT_EQ(d.size(), 6U);
  EXPECT_THROW(s.add("d", [] { return sleep_for_ever(); }), closed);
}
TEST(Supervisor, StopEndsItInReverseOrder) { lab::run_virtual(stopped()); }

task<> cancelled_from_outside() {
  diary d;
  int never = 0;
  supervisor s;
  s.add("a", service, std::ref(d), "a", 1h, std::ref(never));
  EXPECT_FALSE(co_await move_on_after(1s, s.run()));
  EXPECT_EQ(d, (diary{"+a", "-a"}));
}
TEST(Supervisor, CancellingItCancelsTheChildren) { lab::run_virtual(cancelled_from_outside()); }

std::string heard;
void listen(std::string_view name, const std::exception_ptr& e) noexcept {
  heard = std::string(name) + ": " + detail::describe(e);
}
TEST(Supervisor, AnErrorNobodyListensForIsNotLost) {
  const auto former = detail::set_unobserved_handler(&listen);
  lab::run_virtual([]() -> task<> {
    diary d;
    int once = 1;
    supervisor s;
    s.add("printer", service, std::ref(d), "printer", 1s, std::ref(once));
    co_await s.run();
  }());
  detail::set_unobserved_handler(former);
  EXPECT_EQ(heard, "printer: std::runtime_error: printer broke");
}

task<> values_are_dropped() {
  supervisor s;
  s.add("answer", []() -> task<int> { co_return 42; });
  co_await s.run();
  supervisor none;
  co_await none.run();
}
TEST(Supervisor, ChildrenMayReturnValues) { lab::run_virtual(values_are_dropped()); }

task<> twice() {
  supervisor s;
  s.add("a", []() -> task<> { co_await sleep(1s); });
  auto first = spawn(s.run());
  co_await yield();
  bool refused = false;
  try {
    co_await s.run();
  } catch (const error&) {
    refused = true;
  }
  EXPECT_TRUE(refused);
  co_await std::move(first);
}
TEST(Supervisor, RunsOnceAtATime) { lab::run_virtual(twice()); }

TEST(Supervisor, AStopFromAThreadIsNeverLost) {
  lab::explore({.schedules = 300}, [] {
    run([]() -> task<> {
      supervisor s;
      s.add("a", sleep_for_ever);
      s.add("b", []() -> task<> { co_await yield(); });
      thread other([&s] { s.stop(); });
      co_await s.run();
    }());
  });
}

}  // namespace
}  // namespace tutti
