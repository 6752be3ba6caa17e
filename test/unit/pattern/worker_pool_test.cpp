#include <tutti/pattern/worker_pool.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <set>
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

int square(int x) { return x * x; }

TEST(WorkerPool, AThousandJobsOnFourThreads) {
  thread_pool pool{{.threads = 4}};
  worker_pool<int, int> workers{pool, 4, square, {.queue = 8}};
  std::vector<future<int>> answers;
  for (int i = 0; i < 1000; ++i) answers.push_back(workers.submit(i));
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(answers[static_cast<std::size_t>(i)].get(), i * i);
}

TEST(WorkerPool, JobsMayBeStringsAndResultsNothing) {
  thread_pool pool{{.threads = 2}};
  std::atomic<std::size_t> length = 0;
  worker_pool<std::string, void> workers{pool, 2,
                                         [&](const std::string& s) { length += s.size(); }};
  workers.submit("four");
  workers.submit("seven..");
  workers.drain();
  EXPECT_EQ(length, 11U);
}

TEST(WorkerPool, MovesWhatCanOnlyBeMoved) {
  thread_pool pool{{.threads = 2}};
  using box = std::unique_ptr<int>;
  worker_pool<box, box> workers{pool, 1, [](box b) { return std::make_unique<int>(*b + 1); }};
  EXPECT_EQ(*workers.submit(std::make_unique<int>(41)).get(), 42);
}

TEST(WorkerPool, AnErrorGoesToItsJobAlone) {
  thread_pool pool{{.threads = 2}};
  worker_pool<int, int> workers{pool, 2, [](int x) {
                                  if (x == 1) throw std::out_of_range("one");
                                  return x;
                                }};
  auto zero = workers.submit(0);
  auto one = workers.submit(1);
  auto two = workers.submit(2);
  EXPECT_EQ(zero.get(), 0);
  EXPECT_THROW(one.get(), std::out_of_range);
  EXPECT_EQ(two.get(), 2);
}

TEST(WorkerPool, AnExecutorThatIsClosedFailsTheJob) {
  thread_pool pool{{.threads = 1}};
  worker_pool<int, int> workers{pool, 1, square};
  pool.shutdown();
  EXPECT_THROW(workers.submit(1).get(), closed);
  workers.drain();
}

TEST(WorkerPool, RunsInProcessesToo) {
  process_pool processes{{.workers = 2}};
  worker_pool<int, int> workers{processes, 2, square};
  auto nine = workers.submit(3);
  auto four = workers.submit(2);
  EXPECT_EQ(nine.get(), 9);
  EXPECT_EQ(four.get(), 4);
}

TEST(WorkerPool, RefusesNoWorkers) {
  thread_pool pool{{.threads = 1}};
  EXPECT_THROW((worker_pool<int, int>{pool, 0, square}), std::invalid_argument);
}

/// How many calls are inside at once, and how many ever were.
struct gauge {
  int inside = 0;
  int most = 0;
};
task<int> slow_square(gauge& g, int x) {
  g.most = std::max(g.most, ++g.inside);
  co_await sleep(1ms);
  --g.inside;
  co_return x* x;
}

task<> coroutine_workers() {
  event_loop loop;
  gauge g;
  const time_point start = clock::now();
  {
    worker_pool<int, int> workers{loop, 4, [&g](int x) { return slow_square(g, x); }, {.queue = 8}};
    std::vector<future<int>> answers;
    for (int i = 0; i < 1000; ++i) answers.push_back(co_await workers.async_submit(i));
    EXPECT_LE(workers.statistics().queued, 8U);
    co_await workers.async_drain();
    for (int i = 0; i < 1000; ++i) {
      EXPECT_EQ(co_await std::move(answers[static_cast<std::size_t>(i)]), i * i);
    }
  }
  EXPECT_EQ(g.most, 4);
  // No worker is idle while jobs wait: 250 rounds of 1 ms, not one more.
  EXPECT_EQ(clock::now() - start, 250ms);
}
TEST(WorkerPool, AThousandJobsOnFourCoroutinesOfOneThread) {
  lab::run_virtual(coroutine_workers());
}

context_var<int> request{"request", 0};
task<> context_follows() {
  event_loop loop;
  worker_pool<int, int> workers{loop, 1, [](int) { return request.get(); }};
  std::vector<future<int>> answers;
  for (int i = 1; i <= 3; ++i) {
    auto restore = request.set(i);
    answers.push_back(co_await workers.async_submit(0));
  }
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(co_await std::move(answers[static_cast<std::size_t>(i - 1)]), i);
  }
}
TEST(WorkerPool, AHandlerSeesTheContextOfItsSubmitter) { lab::run_virtual(context_follows()); }

task<int> waits(int x) {
  co_await sleep(1h);
  co_return x;
}
task<> back_pressure() {
  event_loop loop;
  worker_pool<int, int> workers{loop, 1, waits, {.queue = 1}};
  auto first = workers.try_submit(1);
  auto second = workers.try_submit(2);
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(workers.try_submit(3).has_value());
  EXPECT_FALSE((co_await move_on_after(1min, workers.async_submit(3))).has_value());
  EXPECT_EQ(workers.statistics().running, 1U);
  EXPECT_EQ(workers.statistics().queued, 1U);
  EXPECT_TRUE(second->cancel());  // not started: never does
  EXPECT_TRUE(second->done());
  EXPECT_TRUE(second->was_cancelled());
  EXPECT_TRUE(first->cancel());  // started: at its next wait
  co_await workers.async_drain();
  EXPECT_TRUE(first->was_cancelled());
}
TEST(WorkerPool, AFullQueueMakesSubmittersWait) { lab::run_virtual(back_pressure()); }

TEST(WorkerPool, EveryJobIsDoneInAnySchedule) {
  lab::explore({.schedules = 300}, [] {
    thread_pool pool{{.threads = 2}};
    worker_pool<int, int> workers{pool, 2, square, {.queue = 1}};
    thread other([&] { lab::check(workers.submit(2).get() == 4); });
    auto nine = workers.submit(3);
    auto given_up = workers.submit(4);
    given_up.cancel();
    lab::check(nine.get() == 9);
    workers.drain();
    lab::check(given_up.done());
    lab::check(given_up.was_cancelled() || given_up.get() == 16);
    other.join();
  });
}

}  // namespace
}  // namespace tutti
