#include <tutti/sync/condition.hpp>

#include <mutex>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include <tutti/tutti.hpp>

using namespace std::chrono_literals;
using tutti::task;

namespace {

TEST(Condition, AThreadWaitsWithAnyLockable) {
  tutti::mutex m;
  tutti::condition changed;
  bool ready = false;
  bool seen = false;
  std::thread waiter([&] {
    std::unique_lock lock{m};
    changed.wait(lock, [&] { return ready; });
    EXPECT_TRUE(lock.owns_lock());
    seen = true;
  });
  {
    tutti::lock_guard hold{m};
    ready = true;
    changed.notify_one();
  }
  waiter.join();
  EXPECT_TRUE(seen);
  std::mutex plain;
  std::unique_lock lock{plain};
  EXPECT_TRUE(changed.wait_for(lock, 1us, [&] { return ready; }));
  EXPECT_FALSE(changed.try_wait_for(lock, 1us));
  EXPECT_FALSE(changed.try_wait_for(lock, 1us, [] { return false; }));
  EXPECT_FALSE(changed.wait_until(lock, tutti::clock::now() - 1s, [] { return false; }));
  EXPECT_TRUE(lock.owns_lock());
  EXPECT_EQ(changed.statistics().waiting, 0U);
  lock.unlock();
  EXPECT_THROW(changed.wait(lock), tutti::not_owner);
}

TEST(Condition, GivesUpEveryLevelOfARecursiveMutex) {
  tutti::recursive_mutex m;
  tutti::condition changed;
  bool ready = false;
  std::unique_lock outer{m};
  std::unique_lock inner{m};
  std::thread other([&] {
    std::scoped_lock hold{m};
    ready = true;
    changed.notify_all();
  });
  changed.wait(inner, [&] { return ready; });
  EXPECT_EQ(m.statistics().levels, 2U);
  other.join();
}

task<> wait_ready(tutti::mutex& m, tutti::condition& c, const bool& ready, std::string& log,
                  char who) {
  auto hold = co_await m.async_lock();
  co_await c.async_wait(hold, [&] { return ready; });
  EXPECT_TRUE(hold.owns_lock());
  EXPECT_EQ(m.statistics().owner, tutti::this_task::id());
  log += who;
}

TEST(Condition, TasksAreNotifiedInTheOrderOfComing) {
  tutti::mutex m;
  tutti::condition c;
  bool ready = false;
  std::string log;
  tutti::run([](tutti::mutex& mu, tutti::condition& co, bool& r, std::string& out) -> task<> {
    auto x = tutti::spawn(wait_ready(mu, co, r, out, 'x'));
    auto y = tutti::spawn(wait_ready(mu, co, r, out, 'y'));
    auto z = tutti::spawn(wait_ready(mu, co, r, out, 'z'));
    co_await tutti::yield();
    EXPECT_EQ(co.statistics().waiting, 3U);
    {
      auto hold = co_await mu.async_lock();
      r = true;
    }
    co.notify_one();
    co_await std::move(x);
    EXPECT_EQ(out, "x");
    co.notify_all();
    co_await std::move(y);
    co_await std::move(z);
  }(m, c, ready, log));
  EXPECT_EQ(log, "xyz");
  EXPECT_FALSE(m.statistics().locked);
}

task<> wait_once(tutti::mutex& m, tutti::condition& c, std::string& log, char who) {
  auto hold = co_await m.async_lock();
  try {
    co_await c.async_wait(hold);
    log += who;
  } catch (const tutti::cancelled&) {
    EXPECT_TRUE(hold.owns_lock());
    log += '!';
    throw;
  }
}

TEST(Condition, ACancelledWaiterTakesTheLockBackAndPassesTheNotificationOn) {
  tutti::mutex m;
  tutti::condition c;
  std::string log;
  tutti::run([](tutti::mutex& mu, tutti::condition& co, std::string& out) -> task<> {
    auto x = tutti::spawn(wait_once(mu, co, out, 'x'));
    auto y = tutti::spawn(wait_once(mu, co, out, 'y'));
    auto z = tutti::spawn(wait_once(mu, co, out, 'z'));
    co_await tutti::yield();
    x.cancel();       // before it is notified: it leaves
    co.notify_one();  // y has it
    y.cancel();       // and passes it on
    co_await std::move(z);
  }(m, c, log));
  EXPECT_EQ(log, "!!z");
  EXPECT_FALSE(m.statistics().locked);
}

TEST(Condition, RefusesAGuardThatHoldsNothingAndACancelledScope) {
  tutti::mutex m;
  tutti::condition c;
  tutti::run([](tutti::mutex& mu, tutti::condition& co) -> task<> {
    auto hold = co_await mu.async_lock();
    hold.unlock();
    bool refused = false;
    try {
      co_await co.async_wait(hold, [] { return true; });
    } catch (const tutti::not_owner&) {
      refused = true;
    }
    EXPECT_TRUE(refused);
    hold.lock();
    std::unique_lock<tutti::lock_guard<tutti::mutex>> blocking{hold, std::adopt_lock};
    EXPECT_THROW(co.wait(blocking), tutti::blocking_call);
    EXPECT_TRUE(hold.owns_lock());
    blocking.release();
    tutti::cancel_scope scope;
    scope.cancel();
    const bool done = co_await scope.run(co.async_wait(hold, [] { return true; }));
    EXPECT_FALSE(done);
    EXPECT_TRUE(hold.owns_lock());
    const bool late = co_await tutti::move_on_after(1us, co.async_wait(hold));
    EXPECT_FALSE(late);
    EXPECT_TRUE(hold.owns_lock());
  }(m, c));
}

TEST(Condition, ATaskGivesUpEveryLevelOfARecursiveMutex) {
  tutti::recursive_mutex m;
  tutti::condition c;
  bool ready = false;
  const auto waits = [](tutti::recursive_mutex& mu, tutti::condition& co, bool& r) -> task<> {
    auto outer = co_await mu.async_lock();
    auto inner = co_await mu.async_lock();
    co_await co.async_wait(inner, [&] { return r; });
    EXPECT_EQ(mu.statistics().levels, 2U);
  };
  const auto sets = [](tutti::recursive_mutex& mu, tutti::condition& co, bool& r) -> task<> {
    auto hold = co_await mu.async_lock();
    r = true;
    co.notify_one();
  };
  tutti::run([](auto& w, auto& s, auto& mu, auto& co, bool& r) -> task<> {
    co_await tutti::gather(w(mu, co, r), s(mu, co, r));
  }(waits, sets, m, c, ready));
  EXPECT_EQ(m.statistics().levels, 0U);
}

}  // namespace
