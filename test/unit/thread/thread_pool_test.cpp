#include <tutti/thread/thread_pool.hpp>

#include <gtest/gtest.h>

#include <numeric>
#include <ranges>
#include <string>
#include <vector>

#include <tutti/core/context.hpp>
#include <tutti/core/hook.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>
#include <tutti/core/this_task.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/sys/parker.hpp>
#include <tutti/thread/thread.hpp>

using namespace std::chrono_literals;

namespace {

int square(int x) { return x * x; }
tutti::task<int> fib(int n) {
  if (n < 2) co_return n;
  auto [a, b] = co_await tutti::gather(fib(n - 1), fib(n - 2));
  co_return a + b;
}
tutti::task<int> doubled(int x) {
  co_await tutti::yield();
  co_return 2 * x;
}

TEST(ThreadPool, SubmitsCallablesTasksAndCoroutineFunctions) {
  tutti::thread_pool pool{{.threads = 2, .name = "cpu"}};
  EXPECT_EQ(pool.size(), 2U);
  EXPECT_EQ(pool.submit(square, 3).get(), 9);
  EXPECT_EQ(pool.submit(doubled(4)).get(), 8);
  EXPECT_EQ(pool.submit(doubled, 5).get(), 10);
  pool.submit([] {}).get();
}

TEST(ThreadPool, DefaultSizeIsAtLeastOne) {
  tutti::thread_pool pool;
  EXPECT_GE(pool.size(), 1U);
  EXPECT_EQ(pool.submit(square, 2).get(), 4);
}

TEST(ThreadPool, ErrorsKeepTheirType) {
  tutti::thread_pool pool{{.threads = 1}};
  EXPECT_THROW(pool.submit([] { throw std::out_of_range("no"); }).get(), std::out_of_range);
}

TEST(ThreadPool, ArgumentsAreCopied) {
  tutti::thread_pool pool{{.threads = 1}};
  int counter = 0;
  pool.submit([](int& n) { ++n; }, std::ref(counter)).get();
  EXPECT_EQ(counter, 1);
  auto owned = std::make_unique<int>(7);
  EXPECT_EQ(pool.submit([](std::unique_ptr<int> p) { return *p; }, std::move(owned)).get(), 7);
}

TEST(ThreadPool, WaitingInsideAWorkerHelps) {
  tutti::thread_pool pool{{.threads = 1}};
  auto outer = pool.submit([&] {
    auto inner = pool.submit(square, 4);
    return inner.get() + 1;
  });
  EXPECT_EQ(outer.get(), 17);
}

TEST(ThreadPool, ForkJoinThroughGather) {
  tutti::thread_pool pool{{.threads = 3}};
  EXPECT_EQ(pool.submit(fib(15)).get(), 610);
  EXPECT_EQ(tutti::run(tutti::on(pool, fib(12))), 144);
}

tutti::task<std::string> where() { co_return tutti::this_task::name(); }

TEST(ThreadPool, ContextFollowsSubmit) {
  static tutti::context_var<int> level{"level", 1};
  tutti::thread_pool pool{{.threads = 1}};
  auto restore = level.set(5);
  EXPECT_EQ(pool.submit([] { return level.get(); }).get(), 5);
  EXPECT_EQ(pool.submit(where(), {.name = "named"}).get(), "named");
}

TEST(ThreadPool, MapKeepsOrderAndReadsInputsFirst) {
  tutti::thread_pool pool{{.threads = 3}};
  std::vector<int> in(1000);
  std::iota(in.begin(), in.end(), 0);
  auto f = pool.map(square, in);
  in.clear();
  const auto out = f.get();
  ASSERT_EQ(out.size(), 1000U);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(out[static_cast<std::size_t>(i)], i * i);
  EXPECT_EQ(pool.map(square, std::views::iota(0, 4), {.chunk = 3}).get(),
            (std::vector{0, 1, 4, 9}));
  EXPECT_TRUE(pool.map(square, std::vector<int>{}).get().empty());
  EXPECT_EQ(pool.map(doubled, std::vector{1, 2}).get(), (std::vector{2, 4}));
}

TEST(ThreadPool, MapOfVoid) {
  tutti::thread_pool pool{{.threads = 2}};
  std::vector<int> seen(8);
  auto note = [&](int i) { seen[static_cast<std::size_t>(i)] = i; };
  tutti::future<void> f = pool.map(note, std::views::iota(0, 8));
  f.get();
  EXPECT_EQ(seen[7], 7);
}

TEST(ThreadPool, MapOfBool) {
  tutti::thread_pool pool{{.threads = 2}};
  auto odd = [](int i) { return i % 2 == 1; };
  EXPECT_EQ(pool.map(odd, std::vector{1, 2, 3}).get(), (std::vector{true, false, true}));
}

TEST(ThreadPool, MapFailsWithTheFirstErrorAndStartsNothingMore) {
  tutti::thread_pool pool{{.threads = 1}};
  int calls = 0;
  auto f = [&](int i) {
    ++calls;
    if (i == 2) throw std::out_of_range("two");
    return i;
  };
  EXPECT_THROW(pool.map(f, std::views::iota(0, 100)).get(), std::out_of_range);
  EXPECT_EQ(calls, 3);
}

/// Keeps the only worker busy until it is told to go on; asleep in a parker, where it does not
/// help.
struct gate {
  tutti::sys::parker closed;
  tutti::promise<void> entered;
  tutti::shared_future<void> is_inside = entered.get_future().share();
  void pass() {
    entered.set_value();
    closed.park();
  }
  void open() { closed.unpark(); }
};

TEST(ThreadPool, CancelBeforeTheStart) {
  tutti::thread_pool pool{{.threads = 1}};
  gate g;
  auto busy = pool.submit([&] { g.pass(); });
  g.is_inside.wait();
  auto never = pool.submit([] { ADD_FAILURE() << "ran"; });
  auto never_task = pool.submit(doubled(1));
  auto never_map = pool.map(square, std::vector{1, 2});
  EXPECT_TRUE(never.cancel());
  EXPECT_TRUE(never_task.cancel());
  EXPECT_TRUE(never_map.cancel());
  EXPECT_TRUE(never.was_cancelled());
  EXPECT_TRUE(never_map.was_cancelled());
  EXPECT_THROW(never.get(), tutti::future_cancelled);
  EXPECT_THROW(never_task.get(), tutti::future_cancelled);
  EXPECT_THROW(never_map.get(), tutti::future_cancelled);
  EXPECT_FALSE(busy.cancel());  // runs, and does not listen: its wait goes on
  g.open();
  busy.get();
  EXPECT_FALSE(busy.valid());
}

TEST(ThreadPool, CancelWhileItRuns) {
  tutti::thread_pool pool{{.threads = 1}};
  tutti::promise<void> inside;
  auto is_inside = inside.get_future();
  auto listens = pool.submit([&](std::stop_token stop) {
    inside.set_value();
    while (!stop.stop_requested()) {
    }
    return 3;
  });
  is_inside.wait();
  EXPECT_TRUE(listens.cancel());
  EXPECT_EQ(listens.get(), 3);
  auto sleeps = pool.submit([]() -> tutti::task<> { co_await tutti::sleep(1h); });
  EXPECT_TRUE(sleeps.cancel());
  EXPECT_THROW(sleeps.get(), tutti::future_cancelled);
}

TEST(ThreadPool, CancelAfterTheEnd) {
  tutti::thread_pool pool{{.threads = 1}};
  auto f = pool.submit(square, 2);
  f.wait();
  EXPECT_FALSE(f.cancel());
  EXPECT_EQ(f.get(), 4);
}

TEST(ThreadPool, CancelledScopeReachesSubmittedWork) {
  tutti::thread_pool pool{{.threads = 1}};
  auto main = [](tutti::thread_pool& p) -> tutti::task<> {
    auto forever = []() -> tutti::task<> { co_await tutti::sleep(24h); };
    co_await p.submit(forever());
  };
  EXPECT_THROW(tutti::run(tutti::timeout(1ms, main(pool))), tutti::timeout_error);
}

TEST(ThreadPool, SleepsOnTheTimersOfThePool) {
  tutti::thread_pool pool{{.threads = 2}};
  auto nap = [](int ms) -> tutti::task<int> {
    co_await tutti::sleep(std::chrono::milliseconds(ms));
    co_return ms;
  };
  EXPECT_EQ(pool.map(nap, std::vector{3, 1, 2}).get(), (std::vector{3, 1, 2}));
}

TEST(ThreadPool, ShutdownWaitsAndCloses) {
  tutti::thread_pool pool{{.threads = 2}};
  int done = 0;
  pool.submit([&] { done = 9; });
  pool.shutdown();
  EXPECT_EQ(done, 9);
  EXPECT_THROW(pool.submit(square, 1), tutti::closed);
  EXPECT_THROW(pool.map(square, std::vector{1}), tutti::closed);
  EXPECT_THROW(tutti::run(tutti::on(pool, fib(1))), tutti::closed);
  pool.shutdown();
}

TEST(ThreadPool, ShutdownRefusesWorkFromItsOwnWorkers) {
  tutti::thread_pool pool{{.threads = 1}};
  gate g;
  auto f = pool.submit([&] {
    g.pass();
    EXPECT_THROW(pool.submit(square, 1), tutti::closed);
  });
  g.is_inside.wait();
  // A cancelled wait leaves the shutdown under way: the door is closed, the work still runs.
  EXPECT_FALSE(tutti::run(tutti::move_on_after(0ms, pool.async_shutdown())));
  EXPECT_THROW(pool.submit(square, 1), tutti::closed);
  g.open();
  f.get();
  pool.shutdown();
}

TEST(ThreadPool, ShutdownCancelsWhatIsPending) {
  tutti::thread_pool pool{{.threads = 1}};
  gate g;
  auto busy = pool.submit([&] { g.pass(); });
  g.is_inside.wait();
  auto pending = pool.submit([] { ADD_FAILURE() << "ran"; });
  auto pending_map = pool.map(square, std::vector{1, 2});
  tutti::thread closer{[&] { pool.shutdown({.cancel_pending = true}); }};
  EXPECT_THROW(pending.get(), tutti::future_cancelled);  // at once, although the worker is busy
  EXPECT_THROW(pending_map.get(), tutti::future_cancelled);
  g.open();
  busy.get();
  closer.join();
}

TEST(ThreadPool, ShutdownByItsOwnWorkIsADeadlock) {
  tutti::thread_pool pool{{.threads = 1}};
  pool.submit([&] { EXPECT_THROW(pool.shutdown(), tutti::deadlock); }).get();
  auto awaited = [](tutti::thread_pool& p) -> tutti::task<> {
    try {
      co_await p.async_shutdown();
      ADD_FAILURE();
    } catch (const tutti::deadlock&) {
    }
  };
  pool.submit(awaited(pool)).get();
}

TEST(ThreadPool, AsyncShutdown) {
  tutti::thread_pool pool{{.threads = 2}};
  int done = 0;
  auto f = pool.submit([&] { done = 1; });
  tutti::run(pool.async_shutdown());
  EXPECT_EQ(done, 1);
  tutti::run(pool.async_shutdown());
}

TEST(ThreadPool, BlockingShutdownOnALoopIsRefused) {
  tutti::thread_pool pool{{.threads = 1}};
  auto main = [](tutti::thread_pool& p) -> tutti::task<> {
    EXPECT_THROW(p.shutdown(), tutti::blocking_call);
    co_return;
  };
  tutti::run(main(pool));
}

TEST(ThreadPool, TheInitializerRunsInEveryThread) {
  tutti::sys::atomic<int> ran{0};
  {
    tutti::thread_pool pool{
        {.threads = 3, .initializer = [&] { ran.fetch_add(1, tutti::sys::relaxed); }}};
    EXPECT_EQ(ran.load(tutti::sys::relaxed), 3);
  }
  const auto make = [] {
    tutti::thread_pool pool{{.threads = 2, .initializer = [] { throw std::out_of_range("init"); }}};
  };
  EXPECT_THROW(make(), std::out_of_range);
}

TEST(ThreadPool, DroppedFuturesAreWaitedFor) {
  int done = 0;
  {
    tutti::thread_pool pool{{.threads = 1}};
    pool.submit([&] { ++done; });
    pool.submit([&] { ++done; });
  }
  EXPECT_EQ(done, 2);
}

TEST(ThreadPool, KnowsWhatItsThreadsDid) {
  tutti::thread_pool pool{{.threads = 2}};
  const tutti::thread_pool_stats before = pool.stats();
  ASSERT_EQ(before.workers.size(), 2U);
  for (int i = 0; i < 10; ++i) pool.submit([] {}).get();
  const tutti::thread_pool_stats after = pool.stats();
  const tutti::thread_pool_stats passed = after.since(before);
  EXPECT_EQ(passed.workers[0].ran + passed.workers[1].ran, 10U);
  for (const tutti::worker_stats& w : after.workers) {
    EXPECT_GE(w.busy.count(), 0);
    EXPECT_GE(w.idle.count(), 0);
    EXPECT_LE(w.utilisation(), 1.0);
  }
  EXPECT_LE(after.utilisation(), 1.0);
}

}  // namespace
