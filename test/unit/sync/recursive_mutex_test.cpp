#include <tutti/sync/recursive_mutex.hpp>

#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include <tutti/tutti.hpp>

using namespace std::chrono_literals;
using tutti::task;

namespace {

TEST(RecursiveMutex, ItsOwnerLocksAgain) {
  tutti::recursive_mutex m;
  {
    std::scoped_lock outer{m};
    std::scoped_lock inner{m};
    EXPECT_TRUE(m.try_lock());
    EXPECT_EQ(m.statistics().levels, 3U);
    m.unlock();
    std::thread([&] {
      EXPECT_FALSE(m.try_lock());
      EXPECT_FALSE(m.try_lock_for(1us));
      EXPECT_THROW(m.unlock(), tutti::not_owner);
    }).join();
  }
  EXPECT_EQ(m.statistics().owner, 0U);
  EXPECT_THROW(m.unlock(), tutti::not_owner);
}

task<> twice(tutti::recursive_mutex& m, int& inside) {
  auto outer = co_await m.async_lock();
  auto inner = co_await tutti::timeout(1h, m.async_lock());
  EXPECT_EQ(++inside, 1);
  co_await tutti::yield();
  --inside;
  outer.unlock();
  EXPECT_EQ(m.statistics().levels, 1U);
}

TEST(RecursiveMutex, TasksAreOwnersOfTheirOwn) {
  tutti::recursive_mutex m;
  int inside = 0;
  tutti::run([](tutti::recursive_mutex& mu, int& n) -> task<> {
    co_await tutti::gather(twice(mu, n), twice(mu, n), twice(mu, n));
  }(m, inside));
  EXPECT_EQ(m.statistics().levels, 0U);
}

task<> want(tutti::recursive_mutex& m, bool& had) {
  auto hold = co_await m.async_lock();
  had = true;
}

TEST(RecursiveMutex, CancelledBeforeAndAfterTheGrant) {
  tutti::recursive_mutex m;
  bool a = false;
  bool b = false;
  bool c = false;
  tutti::run([](tutti::recursive_mutex& mu, bool& x, bool& y, bool& z) -> task<> {
    auto hold = co_await mu.async_lock();
    auto f = tutti::spawn(want(mu, x));
    auto g = tutti::spawn(want(mu, y));
    auto h = tutti::spawn(want(mu, z));
    co_await tutti::yield();
    f.cancel();
    EXPECT_EQ(mu.statistics().waiting, 2U);
    hold.unlock();
    g.cancel();
    co_await std::move(h);
  }(m, a, b, c));
  EXPECT_FALSE(a || b);
  EXPECT_TRUE(c);
  EXPECT_EQ(m.statistics().levels, 0U);
}

}  // namespace
