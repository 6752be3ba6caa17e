#include <tutti/runtime/event_loop.hpp>

#include <gtest/gtest.h>

#include <ranges>
#include <vector>

#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>
#include <tutti/runtime/run.hpp>

using namespace std::chrono_literals;

namespace {

int square(int x) { return x * x; }
tutti::task<int> doubled(int x) {
  co_await tutti::sleep(1ms);
  co_return 2 * x;
}

TEST(EventLoop, RunsTasksFromAnyThread) {
  tutti::event_loop loop{{.name = "io"}};
  EXPECT_EQ(loop.submit(doubled(4)).get(), 8);
  EXPECT_EQ(loop.submit(doubled, 5).get(), 10);
  EXPECT_EQ(loop.submit(square, 3).get(), 9);
  EXPECT_EQ(loop.map(square, std::views::iota(0, 4)).get(), (std::vector{0, 1, 4, 9}));
  EXPECT_EQ(loop.map(doubled, std::vector{1, 2}).get(), (std::vector{2, 4}));
}

TEST(EventLoop, OnBringsWorkThereAndBack) {
  tutti::event_loop loop;
  EXPECT_EQ(tutti::run(tutti::on(loop, doubled(3))), 6);
}

tutti::task<> background(bool& cancelled) {
  try {
    co_await tutti::sleep(24h);
  } catch (const tutti::cancelled&) {
    cancelled = true;
    throw;
  }
}
tutti::task<int> spawner(bool& cancelled) {
  auto f = tutti::spawn(doubled(1));
  auto left = tutti::spawn(background(cancelled));
  co_return co_await std::move(f);
}

TEST(EventLoop, SpawnBelongsToThisLoop) {
  bool cancelled = false;
  {
    tutti::event_loop loop;
    EXPECT_EQ(loop.submit(spawner(cancelled)).get(), 2);
  }
  EXPECT_TRUE(cancelled);
}

TEST(EventLoop, BlockingOnItIsRefused) {
  tutti::event_loop loop;
  auto f = loop.submit([&] {
    auto inner = loop.submit(square, 2);
    EXPECT_THROW(inner.get(), tutti::blocking_call);
  });
  f.get();
}

TEST(EventLoop, ShutdownWaitsAndCloses) {
  tutti::event_loop loop;
  auto f = loop.submit(doubled(2));
  loop.shutdown();
  EXPECT_TRUE(f.done());
  EXPECT_EQ(f.get(), 4);
  EXPECT_THROW(loop.submit(square, 1), tutti::closed);
}

TEST(EventLoop, CancelReachesTheLoop) {
  tutti::event_loop loop;
  bool cancelled = false;
  auto f = loop.submit(background(cancelled));
  EXPECT_TRUE(f.cancel());
  EXPECT_THROW(f.get(), tutti::future_cancelled);
}

}  // namespace
