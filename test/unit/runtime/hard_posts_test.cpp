// Hard cases of numbers: very many calls for one loop, from other threads and from itself.
#include <gtest/gtest.h>

#include <chrono>
#include <vector>

#include <tutti/core/sleep.hpp>
#include <tutti/runtime/event_loop.hpp>
#include <tutti/thread/thread.hpp>

namespace tutti {
namespace {
using namespace std::chrono_literals;

TEST(HardPosts, CallsOfOneThreadRunInTheirOrder) {
  std::vector<int> order;
  {
    event_loop loop;
    for (int i = 0; i < 5'000; ++i) loop.submit([&order, i] { order.push_back(i); });
  }
  ASSERT_EQ(order.size(), 5'000U);
  for (int i = 0; i < 5'000; ++i) EXPECT_EQ(order[static_cast<unsigned>(i)], i);
}

/// A call that always makes the next one: it ends when somebody else got a turn.
void flood(event_loop& loop, bool& over) {
  if (over) return;
  loop.submit([&loop, &over] { flood(loop, over); });
}

task<> end_flood(bool& over) {
  co_await yield();
  co_await sleep(1ms);
  over = true;
}

TEST(HardPosts, AFloodOfCallsStarvesNeitherTasksNorTimers) {
  bool over = false;  // outlives the loop: its end runs the calls that are still there
  event_loop loop;
  loop.submit([&] { flood(loop, over); }).get();
  loop.submit(end_flood(over)).get();
  EXPECT_TRUE(over);
}

TEST(HardPosts, VeryManyFromSeveralThreadsAllRun) {
  int ran = 0;
  {
    event_loop loop;
    const auto work = [&] {
      for (int i = 0; i < 20'000; ++i) loop.submit([&ran] { ++ran; });
    };
    thread a{work};
    thread b{work};
    a.join();
    b.join();
  }
  EXPECT_EQ(ran, 40'000);
}

}  // namespace
}  // namespace tutti
