// A worker that waits for a result is not lost to its pool: it runs what comes later, fires the
// timers, and hands on what it was woken for when the result comes first.
#include <tutti/thread/thread_pool.hpp>

#include <gtest/gtest.h>

#include <vector>

#include <tutti/core/sleep.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/core/wait_futures.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/sync/event.hpp>
#include <tutti/thread/parallel.hpp>
#include <tutti/thread/thread.hpp>

using namespace std::chrono_literals;

namespace {

tutti::task<int> nap(int value) {
  co_await tutti::sleep(1ms);
  co_return value;
}
tutti::task<int> after(tutti::event& e, int value) {
  co_await e.async_wait();
  co_return value;
}

TEST(Helping, TheOnlyWorkerFiresTheTimersItWaitsFor) {
  tutti::thread_pool pool{{.threads = 1}};
  EXPECT_EQ(pool.submit([&] { return pool.submit(nap, 7).get(); }).get(), 7);
}

TEST(Helping, TheOnlyWorkerRunsWhatBecomesReadyWhileItWaits) {
  tutti::thread_pool pool{{.threads = 1}};
  tutti::event waits;
  tutti::event go;
  auto eight = pool.submit([&] {
    auto inner = pool.submit(after, std::ref(go), 8);
    waits.set();
    return inner.get();
  });
  waits.wait();
  go.set();
  EXPECT_EQ(eight.get(), 8);
}

TEST(Helping, TheOnlyWorkerRunsWhatIsSubmittedWhileItWaits) {
  tutti::thread_pool pool{{.threads = 1}};
  tutti::promise<int> answer;
  tutti::event waits;
  auto outer = pool.submit([&] {
    waits.set();
    return answer.get_future().get();
  });
  waits.wait();
  EXPECT_EQ(pool.submit([] { return 1; }).get(), 1);
  answer.set_value(2);
  EXPECT_EQ(outer.get(), 2);
}

TEST(Helping, WaitingForSeveralAtOnce) {
  tutti::thread_pool pool{{.threads = 1}};
  auto sum = pool.submit([&] {
    std::vector<tutti::future<int>> all;
    for (int i = 1; i <= 3; ++i) all.push_back(pool.submit(nap, i));
    auto [done, pending] = tutti::wait(std::move(all), tutti::wait_until::all_completed);
    int total = 0;
    for (auto& f : done) total += f.get();
    return total;
  });
  EXPECT_EQ(sum.get(), 6);
}

TEST(Helping, AStreamOfItsOwnPool) {
  tutti::thread_pool pool{{.threads = 1}};
  auto sum = pool.submit([&] {
    int total = 0;
    for (int x : pool.imap(&nap, std::vector<int>{1, 2, 3})) total += x;
    return total;
  });
  EXPECT_EQ(sum.get(), 6);
}

TEST(Helping, WhoJoinsAStolenForkDoesOtherWork) {
  tutti::thread_pool pool{{.threads = 2}};
  tutti::event stolen;
  tutti::event go;
  auto joining = pool.submit([&] {
    tutti::parallel_invoke(
        pool, [&] { stolen.wait(); },
        [&] {
          stolen.set();
          go.wait();  // this worker is of no use for now
        });
  });
  stolen.wait();
  EXPECT_EQ(pool.submit(nap, 5).get(), 5);
  go.set();
  joining.get();
}

TEST(Helping, ATimedWaitEndsThoughOthersKeepComing) {
  tutti::thread_pool pool{{.threads = 1}};
  tutti::promise<int> never;
  auto empty = pool.submit([&] {
    auto answer = never.get_future();
    return !answer.try_get_for(1ms).has_value();
  });
  EXPECT_TRUE(empty.get());
  EXPECT_EQ(pool.submit(nap, 1).get(), 1);
  never.set_value(0);
}

tutti::task<int> wait_there(tutti::thread_pool& pool, tutti::future<int> never) {
  auto inner = pool.submit([f = std::move(never)]() mutable { return f.get(); });
  co_return co_await std::move(inner);
}

TEST(Helping, ACancelledWaitEndsAndTheWorkerStaysUseful) {
  tutti::thread_pool pool{{.threads = 1}};
  tutti::promise<int> never;
  auto ended = tutti::run(tutti::move_on_after(1ms, wait_there(pool, never.get_future())));
  EXPECT_FALSE(ended.has_value());
  EXPECT_EQ(pool.submit(nap, 3).get(), 3);
}

}  // namespace
