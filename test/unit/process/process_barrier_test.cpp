#include <tutti/process/process_barrier.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <stdexcept>
#include <vector>

#include <tutti/core/gather.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/process/process.hpp>
#include <tutti/process/process_event.hpp>
#include <tutti/process/process_pool.hpp>
#include <tutti/process/shared_array.hpp>
#include <tutti/runtime/run.hpp>

namespace {

using namespace std::chrono_literals;
using tutti::process_barrier;

TEST(process_barrier, lets_processes_go_on_together_round_after_round) {
  process_barrier together{3};
  tutti::shared_array<int> steps{3};
  const auto walk = [](process_barrier b, tutti::shared_array<int> all, std::size_t who) {
    for (int round = 1; round <= 20; ++round) {
      all.span()[who] = round;
      b.arrive_and_wait();
      for (const int step : all.span())
        if (step != round) return false;
      b.arrive_and_wait();
    }
    return true;
  };
  tutti::process_pool pool{{.workers = 3}};
  std::vector<tutti::future<bool>> all;
  for (std::size_t who = 0; who < 3; ++who) all.push_back(pool.submit(walk, together, steps, who));
  for (auto& f : all) EXPECT_TRUE(f.get());
  EXPECT_EQ(together.parties(), 3U);
}

TEST(process_barrier, who_gives_up_or_dies_has_not_arrived) {
  process_barrier pair{2};
  EXPECT_FALSE(pair.try_arrive_and_wait_for(1ms));
  tutti::process waiter{"waiter", [](process_barrier b) { b.arrive_and_wait(); }, pair};
  while (waiter.alive() && !pair.try_arrive_and_wait_for(20ms)) {
  }
  EXPECT_TRUE(waiter.join().ok());
  tutti::process_event about;
  tutti::process doomed{"doomed",
                        [](process_barrier b, tutti::process_event e) {
                          e.set();
                          b.arrive_and_wait();
                        },
                        pair, about};
  about.wait();
  doomed.kill();
  doomed.join();
  EXPECT_FALSE(pair.try_arrive_and_wait_for(1ms));
}

TEST(process_barrier, abort_and_reset_break_the_wait) {
  process_barrier pair{2};
  pair.abort();
  EXPECT_THROW(pair.arrive_and_wait(), tutti::broken_barrier);
  pair.reset();
  EXPECT_FALSE(pair.try_arrive_and_wait_for(0ms));
  EXPECT_THROW(process_barrier{0}, std::invalid_argument);
}

tutti::task<void> meet() {
  process_barrier three{3};
  tutti::process_pool pool{{.workers = 1}};
  auto far = pool.submit([](process_barrier b) { return b.arrive_and_wait(); }, three);
  auto [a, b] = co_await tutti::gather(three.async_arrive_and_wait(),
                                       three.async_arrive_and_wait());
  const std::size_t c = co_await std::move(far);
  EXPECT_EQ((std::set<std::size_t>{a, b, c}), (std::set<std::size_t>{0, 1, 2}));
  bool in_time = true;
  try {
    co_await tutti::timeout(1ms, three.async_arrive_and_wait());
  } catch (const tutti::timeout_error&) {
    in_time = false;
  }
  EXPECT_FALSE(in_time);
  EXPECT_FALSE(three.try_arrive_and_wait_for(0ms));
}
TEST(process_barrier, is_awaited_by_tasks) { tutti::run(meet()); }

tutti::task<void> break_it() {
  process_barrier pair{2};
  const auto wait = [](process_barrier b) -> tutti::task<bool> {
    try {
      co_await b.async_arrive_and_wait();
    } catch (const tutti::broken_barrier&) {
      co_return true;
    }
    co_return false;
  };
  const auto stop = [](process_barrier b) -> tutti::task<bool> {
    co_await tutti::yield();
    b.reset();
    co_return true;
  };
  auto [broken, stopped] = co_await tutti::gather(wait(pair), stop(pair));
  EXPECT_TRUE(broken && stopped);
}
TEST(process_barrier, a_waiting_task_is_told_of_a_reset) { tutti::run(break_it()); }

}  // namespace
