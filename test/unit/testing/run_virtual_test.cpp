#include <tutti/testing/run_virtual.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>

#include <tutti/base/clock.hpp>
#include <tutti/core/future.hpp>
#include <tutti/core/gather.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/sys/parker.hpp>
#include <tutti/sys/thread.hpp>

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

task<int> sleeps_a_day() {
  const time_point start = clock::now();
  co_await sleep(24h);
  co_return clock::now() - start >= 24h ? 1 : 0;
}

TEST(run_virtual, a_day_takes_no_time) { EXPECT_EQ(lab::run_virtual(sleeps_a_day()), 1); }

task<> throws() {
  co_await yield();
  throw std::out_of_range("beyond");
}

TEST(run_virtual, throws_what_main_threw) {
  EXPECT_THROW(lab::run_virtual(throws()), std::out_of_range);
}

task<> waits_for_nobody() {
  promise<int> never;
  (void)co_await never.get_future();
}

TEST(run_virtual, what_can_never_end_is_a_deadlock_with_names) {
  try {
    lab::run_virtual(waits_for_nobody());
    FAIL();
  } catch (const deadlock& e) {
    EXPECT_NE(std::string(e.what()).find("waits in future"), std::string::npos) << e.what();
  }
}

task<> forever() { co_await sleep(duration::max()); }
task<> leaves_one_behind() {
  auto f = spawn(forever(), {.name = "straggler"});
  co_await yield();
}

TEST(run_virtual, a_task_left_behind_fails_with_its_name) {
  try {
    lab::run_virtual(leaves_one_behind());
    FAIL();
  } catch (const lab::failure& f) {
    EXPECT_NE(std::string(f.what()).find("leak"), std::string::npos) << f.what();
    EXPECT_NE(std::string(f.what()).find("straggler"), std::string::npos) << f.what();
  }
}

task<int> slow(int value, duration d) {
  co_await sleep(d);
  co_return value;
}
task<int> races() {
  auto [a, b] = co_await gather(slow(1, 1h), slow(2, 2h));
  auto missed = co_await move_on_after(1min, slow(4, 2min));
  co_return a + b + (missed ? 100 : 0);
}

TEST(run_virtual, timers_fire_in_order) { EXPECT_EQ(lab::run_virtual(races()), 3); }

task<> threads_inside() {
  promise<int> told;
  future<int> heard = told.get_future();
  sys::thread other("other", [&] {
    sys::parker().park_until(clock::now() + 1h);
    told.set_value(7);
  });
  const int x = co_await std::move(heard);
  lab::check(x == 7);
}

TEST(run_virtual, threads_are_strands) { lab::run_virtual(threads_inside()); }

task<> yields_for_ever() {
  for (;;) co_await yield();
}

/// It took no step, so nothing ever ended it.
TEST(run_virtual, a_task_that_only_yields_is_a_livelock) {
  EXPECT_THROW(lab::run_virtual(yields_for_ever()), lab::failure);
}

task<> yields_until_a_thread_is_up() {
  bool up = false;
  const sys::thread sleeper{"sleeper", [&up] {
                              sys::parker().park_until(clock::now() + 1h);
                              up = true;
                            }};
  while (!up) co_await yield();
}

TEST(run_virtual, time_passes_for_a_task_that_yields_until_something_happens) {
  lab::run_virtual(yields_until_a_thread_is_up());
}

/// As long as tasks have something to do, no time passes.
TEST(run_virtual, a_thousand_yields_take_no_time) {
  const auto main = []() -> task<> {
    const auto yields = []() -> task<> {
      for (int i = 0; i < 10'000; ++i) co_await yield();
    };
    co_await timeout(1ms, yields());
  };
  lab::run_virtual(main());
}

}  // namespace
}  // namespace tutti
