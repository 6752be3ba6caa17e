#include <tutti/testing/wait_all_blocked.hpp>

#include <gtest/gtest.h>

#include <chrono>

#include <tutti/base/clock.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/testing/run_virtual.hpp>

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

task<> busy(int& turns) {
  for (int i = 0; i < 5; ++i) {
    ++turns;
    co_await yield();
  }
  co_await sleep(1h);
  turns = -1;
}

task<> waits_for_quiet() {
  int turns = 0;
  auto f = spawn(busy(turns));
  const time_point before = clock::now();
  co_await lab::wait_all_blocked();
  EXPECT_EQ(turns, 5);
  EXPECT_EQ(clock::now(), before);
  co_await std::move(f);
  EXPECT_EQ(turns, -1);
}

TEST(wait_all_blocked, comes_before_the_clock_moves) { lab::run_virtual(waits_for_quiet()); }

task<> cancelled_while_waiting() {
  auto waits = spawn([]() -> task<> {
    co_await sleep(1ms);
    co_await lab::wait_all_blocked();
  });
  waits.cancel();
  try {
    co_await std::move(waits);
    ADD_FAILURE();
  } catch (const future_cancelled&) {
  }
}

TEST(wait_all_blocked, can_be_cancelled) { lab::run_virtual(cancelled_while_waiting()); }

task<> outside() { co_await lab::wait_all_blocked(); }

TEST(wait_all_blocked, is_refused_in_real_life) { EXPECT_THROW(run(outside()), error); }

}  // namespace
}  // namespace tutti
