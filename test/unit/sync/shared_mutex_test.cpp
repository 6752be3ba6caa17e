#include <tutti/sync/shared_mutex.hpp>

#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <tutti/tutti.hpp>

using namespace std::chrono_literals;
using tutti::task;

namespace {

TEST(SharedMutex, IsASharedLockableOfTheStandard) {
  tutti::shared_mutex m;
  {
    std::shared_lock reader{m};
    EXPECT_TRUE(m.try_lock_shared());
    m.unlock_shared();
    std::thread([&] {
      std::shared_lock other{m};
      EXPECT_EQ(m.statistics().readers, 2U);
      EXPECT_FALSE(m.try_lock_for(1us));
    }).join();
  }
  {
    std::unique_lock writer{m};
    std::thread([&] {
      EXPECT_FALSE(m.try_lock_shared());
      EXPECT_FALSE(m.try_lock_shared_for(1us));
      EXPECT_THROW(m.unlock(), tutti::not_owner);
      EXPECT_THROW(m.unlock_shared(), tutti::not_owner);
    }).join();
  }
  {
    tutti::shared_lock_guard reader{m};
    tutti::shared_lock_guard moved{std::move(reader)};
    EXPECT_FALSE(reader);
    moved.unlock();
    EXPECT_THROW(moved.unlock(), tutti::not_owner);
  }
  EXPECT_EQ(m.statistics().readers, 0U);
}

TEST(SharedMutex, WaitingForOneselfIsRefused) {
  tutti::shared_mutex m;
  m.lock();
  EXPECT_THROW(m.lock(), tutti::deadlock);
  EXPECT_THROW(m.lock_shared(), tutti::deadlock);
  EXPECT_FALSE(m.try_lock());
  EXPECT_FALSE(m.try_lock_shared());
  m.unlock();
  m.lock_shared();
  EXPECT_THROW(m.lock(), tutti::deadlock);
  EXPECT_FALSE(m.try_lock());
  m.unlock_shared();
  EXPECT_EQ(m.statistics().waiting, 0U);
}

task<> reads(tutti::shared_mutex& m, std::string& log, char who) {
  auto hold = co_await m.async_lock_shared();
  log += who;
  co_await tutti::yield();
  log += who;
}
task<> writes(tutti::shared_mutex& m, std::string& log, char who) {
  auto hold = co_await m.async_lock();
  log += who;
  co_await tutti::yield();
  log += who;
}

TEST(SharedMutex, ReadersBehindAWriterWaitForIt) {
  tutti::shared_mutex m;
  std::string log;
  tutti::run([](tutti::shared_mutex& mu, std::string& out) -> task<> {
    co_await tutti::gather(reads(mu, out, 'a'), reads(mu, out, 'b'), writes(mu, out, 'W'),
                           reads(mu, out, 'c'), reads(mu, out, 'd'));
  }(m, log));
  EXPECT_EQ(log, "ababWWcdcd");
}

TEST(SharedMutex, ReadersGoOnWhenTheWriterBeforeThemGivesUp) {
  tutti::shared_mutex m;
  std::string log;
  tutti::run([](tutti::shared_mutex& mu, std::string& out) -> task<> {
    auto mine = co_await mu.async_lock_shared();
    auto w = tutti::spawn(writes(mu, out, 'W'));
    auto r = tutti::spawn(reads(mu, out, 'r'));
    co_await tutti::yield();
    EXPECT_EQ(mu.statistics().waiting, 2U);
    auto again = co_await mu.async_lock_shared();  // reads already: no wait behind the writer
    w.cancel();
    EXPECT_EQ(mu.statistics().waiting, 0U);
    co_await std::move(r);
  }(m, log));
  EXPECT_EQ(log, "rr");
  EXPECT_EQ(m.statistics().readers, 0U);
}

TEST(SharedMutex, AGrantNotSeenIsPassedOn) {
  tutti::shared_mutex m;
  std::string log;
  tutti::run([](tutti::shared_mutex& mu, std::string& out) -> task<> {
    auto mine = co_await mu.async_lock();
    auto w = tutti::spawn(writes(mu, out, 'W'));
    auto r = tutti::spawn(reads(mu, out, 'r'));
    auto s = tutti::spawn(reads(mu, out, 's'));
    co_await tutti::yield();
    mine.unlock();
    w.cancel();
    r.cancel();
    co_await std::move(s);
  }(m, log));
  EXPECT_EQ(log, "ss");
  EXPECT_EQ(m.statistics().readers, 0U);
  EXPECT_EQ(m.statistics().writer, 0U);
}

TEST(SharedMutex, ThreadsAndTasksTogether) {
  tutti::shared_mutex m;
  long value = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 300; ++i) {
        if (i % 3 == 0) {
          std::scoped_lock hold{m};
          ++value;
        } else {
          std::shared_lock hold{m};
          EXPECT_GE(value, 0);
        }
      }
    });
  }
  tutti::run([](tutti::shared_mutex& mu, long& v) -> task<> {
    for (int i = 0; i < 100; ++i) {
      auto hold = co_await mu.async_lock();
      ++v;
    }
  }(m, value));
  for (auto& t : threads) t.join();
  EXPECT_EQ(value, 300);
}

}  // namespace
