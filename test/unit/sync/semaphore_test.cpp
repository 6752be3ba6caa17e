#include <tutti/sync/semaphore.hpp>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <tutti/tutti.hpp>

using namespace std::chrono_literals;
using tutti::task;

namespace {

TEST(Semaphore, CountsPermits) {
  tutti::semaphore s{2};
  s.acquire();
  EXPECT_TRUE(s.try_acquire());
  EXPECT_FALSE(s.try_acquire());
  EXPECT_FALSE(s.try_acquire_for(1us));
  s.release(3);
  EXPECT_EQ(s.statistics().available, 3U);
  EXPECT_THROW(tutti::semaphore{-1}, std::invalid_argument);
  const std::size_t n = 4;
  EXPECT_EQ(tutti::semaphore{n}.statistics().available, 4U);
}

TEST(Semaphore, ABoundedOneRefusesAReleaseTooMany) {
  tutti::bounded_semaphore s{2};
  EXPECT_THROW(s.release(), tutti::not_owner);
  s.acquire();
  EXPECT_THROW(s.release(2), tutti::not_owner);
  EXPECT_EQ(s.statistics().available, 1U);
  s.release();
}

task<> take(tutti::semaphore& s, std::vector<int>& order, int who) {
  auto one = co_await s.async_acquire();
  order.push_back(who);
  co_await tutti::yield();
}

TEST(Semaphore, ServesInTheOrderOfComing) {
  tutti::semaphore s{0};
  std::vector<int> order;
  tutti::run([](tutti::semaphore& sem, std::vector<int>& out) -> task<> {
    std::vector<task<>> all;
    for (int i = 0; i < 5; ++i) all.push_back(take(sem, out, i));
    auto done = tutti::spawn(tutti::gather(std::move(all)));
    co_await tutti::yield();
    co_await tutti::yield();
    EXPECT_EQ(sem.statistics().waiting, 5U);
    sem.release(2);
    EXPECT_EQ(sem.statistics().waiting, 3U);
    EXPECT_FALSE(sem.try_acquire());  // what is granted is gone
    co_await std::move(done);
  }(s, order));
  EXPECT_EQ(order, (std::vector{0, 1, 2, 3, 4}));
  EXPECT_EQ(s.statistics().available, 2U);
}

TEST(Semaphore, CancelledBeforeAndAfterTheGrant) {
  tutti::semaphore s{0};
  std::vector<int> order;
  tutti::run([](tutti::semaphore& sem, std::vector<int>& out) -> task<> {
    auto a = tutti::spawn(take(sem, out, 1));
    auto b = tutti::spawn(take(sem, out, 2));
    auto c = tutti::spawn(take(sem, out, 3));
    co_await tutti::yield();
    a.cancel();
    EXPECT_EQ(sem.statistics().waiting, 2U);
    sem.release();  // b has it, unseen
    b.cancel();
    co_await std::move(c);
  }(s, order));
  EXPECT_EQ(order, (std::vector{3}));
  EXPECT_EQ(s.statistics().available, 1U);
}

TEST(Semaphore, LimitsThreadsAndTasksTogether) {
  tutti::semaphore s{2};
  tutti::sys::atomic<int> inside{0};
  tutti::sys::atomic<int> most{0};
  const auto enter = [&] {
    const int now = inside.fetch_add(1, tutti::sys::relaxed) + 1;
    int seen = most.load(tutti::sys::relaxed);
    while (now > seen &&
           !most.compare_exchange(seen, now, tutti::sys::relaxed, tutti::sys::relaxed)) {
    }
    inside.fetch_sub(1, tutti::sys::relaxed);
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 300; ++i) {
        tutti::permit one{s};
        enter();
      }
    });
  }
  tutti::run([](tutti::semaphore& sem, const auto& in) -> task<> {
    for (int i = 0; i < 300; ++i) {
      auto one = co_await sem.async_acquire();
      in();
    }
  }(s, enter));
  for (auto& t : threads) t.join();
  EXPECT_LE(most.load(tutti::sys::relaxed), 2);
  EXPECT_EQ(s.statistics().available, 2U);
}

TEST(SemaphoreDeathTest, DestroyingItUnderAWaiterEndsTheProgram) {
  EXPECT_DEATH(tutti::run([]() -> task<> {
                 auto s = std::make_unique<tutti::semaphore>(0);
                 std::vector<int> order;
                 auto f = tutti::spawn(take(*s, order, 1));
                 co_await tutti::yield();
                 s.reset();
                 co_await std::move(f);
               }()),
               "a semaphore was destroyed while somebody waited for it");
}

}  // namespace
