#include <tutti/sync/mutex.hpp>

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <tutti/tutti.hpp>

using namespace std::chrono_literals;
using tutti::task;

namespace {

TEST(Mutex, IsALockableOfTheStandard) {
  tutti::mutex a;
  tutti::mutex b;
  {
    std::scoped_lock both{a, b};
    EXPECT_TRUE(a.statistics().locked);
    EXPECT_EQ(a.statistics().owner, tutti::this_task::id());
  }
  std::unique_lock lock{a, std::try_to_lock};
  EXPECT_TRUE(lock.owns_lock());
  lock.unlock();
  EXPECT_FALSE(a.statistics().locked);
}

TEST(Mutex, LockingAgainIsADeadlockThatNamesTheTask) {
  tutti::mutex m;
  std::scoped_lock hold{m};
  EXPECT_FALSE(m.try_lock());
  EXPECT_FALSE(m.try_lock_for(0s));
  EXPECT_FALSE(m.try_lock_for(1us));
  EXPECT_THROW(m.try_lock_for(tutti::duration::max()), tutti::deadlock);
  try {
    m.lock();
    FAIL() << "it was locked twice";
  } catch (const tutti::deadlock& e) {
    EXPECT_NE(std::string(e.what()).find(tutti::this_task::name()), std::string::npos) << e.what();
  }
  EXPECT_EQ(m.statistics().waiting, 0U);
}

TEST(Mutex, OnlyTheOwnerUnlocks) {
  tutti::mutex m;
  EXPECT_THROW(m.unlock(), tutti::not_owner);
  m.lock();
  std::thread([&] { EXPECT_THROW(m.unlock(), tutti::not_owner); }).join();
  m.unlock();
}

task<> lock_and_note(tutti::mutex& m, std::vector<int>& order, int who) {
  auto hold = co_await m.async_lock();
  order.push_back(who);
  co_await tutti::yield();
  order.push_back(who);
}

TEST(Mutex, ServesInTheOrderOfComing) {
  tutti::mutex m;
  std::vector<int> order;
  tutti::run([](tutti::mutex& mu, std::vector<int>& out) -> task<> {
    co_await tutti::gather(lock_and_note(mu, out, 1), lock_and_note(mu, out, 2),
                           lock_and_note(mu, out, 3));
  }(m, order));
  EXPECT_EQ(order, (std::vector{1, 1, 2, 2, 3, 3}));
}

task<int> count(tutti::mutex& m, int& n, int times) {
  for (int i = 0; i < times; ++i) {
    auto hold = co_await m.async_lock();
    ++n;
  }
  co_return times;
}

TEST(Mutex, ExcludesThreadsAndTasksFromEachOther) {
  tutti::mutex m;
  int n = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        std::scoped_lock hold{m};
        ++n;
      }
    });
  }
  tutti::run([](tutti::mutex& mu, int& k) -> task<> {
    co_await tutti::gather(count(mu, k, 500), count(mu, k, 500));
  }(m, n));
  for (auto& t : threads) t.join();
  EXPECT_EQ(n, 2000);
}

task<> block_in_a_task(tutti::mutex& m) {
  auto hold = co_await m.async_lock();
  auto other = tutti::spawn([](tutti::mutex& mu) -> task<> {
    EXPECT_FALSE(mu.try_lock());
    EXPECT_FALSE(mu.try_lock_for(-1s));
    EXPECT_THROW(mu.try_lock_for(1s), tutti::blocking_call);
    try {
      mu.lock();
      ADD_FAILURE() << "it blocked";
    } catch (const tutti::blocking_call& e) {
      EXPECT_NE(std::string(e.what()).find("co_await m.async_lock()"), std::string::npos);
    }
    EXPECT_EQ(mu.statistics().waiting, 0U);
    co_return;
  }(m));
  co_await std::move(other);
}

TEST(Mutex, ABlockingFormRefusesToStopALoop) {
  tutti::mutex m;
  tutti::run(block_in_a_task(m));
  EXPECT_FALSE(m.statistics().locked);
}

task<> want(tutti::mutex& m, bool& had) {
  auto hold = co_await m.async_lock();
  had = true;
}

TEST(Mutex, ACancelledWaiterLeavesNoTrace) {
  tutti::mutex m;
  bool second = false;
  bool third = false;
  tutti::run([](tutti::mutex& mu, bool& b, bool& c) -> task<> {
    auto hold = co_await mu.async_lock();
    auto f = tutti::spawn(want(mu, b));
    auto g = tutti::spawn(want(mu, c));
    co_await tutti::yield();
    EXPECT_EQ(mu.statistics().waiting, 2U);
    EXPECT_TRUE(f.cancel());
    EXPECT_EQ(mu.statistics().waiting, 1U);
    hold.unlock();
    co_await std::move(g);
  }(m, second, third));
  EXPECT_FALSE(second);
  EXPECT_TRUE(third);
  EXPECT_FALSE(m.statistics().locked);
}

TEST(Mutex, GrantedButNotSeenIsPassedOn) {
  tutti::mutex m;
  bool second = false;
  bool third = false;
  tutti::run([](tutti::mutex& mu, bool& b, bool& c) -> task<> {
    auto hold = co_await mu.async_lock();
    auto f = tutti::spawn(want(mu, b));
    auto g = tutti::spawn(want(mu, c));
    co_await tutti::yield();
    hold.unlock();  // f has it now, but has not run yet
    EXPECT_TRUE(f.cancel());
    co_await std::move(g);
  }(m, second, third));
  EXPECT_FALSE(second);
  EXPECT_TRUE(third);
  EXPECT_FALSE(m.statistics().locked);
}

task<> lock_in_a_cancelled_scope(tutti::mutex& m) {
  tutti::cancel_scope scope;
  scope.cancel();
  const bool finished = co_await scope.run([](tutti::mutex& mu) -> task<> {
    auto hold = co_await mu.async_lock();
    ADD_FAILURE() << "a free mutex was locked in a cancelled scope";
  }(m));
  EXPECT_FALSE(finished);
  EXPECT_FALSE(m.statistics().locked);
}

TEST(Mutex, AwaitingAFreeOneInACancelledScopeThrows) {
  tutti::mutex m;
  tutti::run(lock_in_a_cancelled_scope(m));
}

task<> scopes_act_for_their_task(tutti::mutex& m) {
  {
    auto hold = co_await tutti::timeout(1h, m.async_lock());
    EXPECT_EQ(m.statistics().owner, tutti::this_task::id());
    bool refused = false;
    try {
      auto again = co_await tutti::shield(m.async_lock());
    } catch (const tutti::deadlock&) {
      refused = true;
    }
    EXPECT_TRUE(refused);
  }
  auto first = co_await tutti::race(m.async_lock(), tutti::sleep(1h));
  EXPECT_EQ(first.index(), 0U);
  EXPECT_EQ(m.statistics().owner, tutti::this_task::id());
  std::get<0>(first).unlock();
  EXPECT_FALSE(m.statistics().locked);
  m.lock();  // nobody holds it, so nothing blocks
  m.unlock();
  auto [a] = co_await tutti::gather(m.async_lock());
  EXPECT_TRUE(a.owns_lock());
}

TEST(Mutex, WhatRunsInsideTimeoutRaceAndShieldActsForTheOuterTask) {
  tutti::mutex m;
  tutti::run(scopes_act_for_their_task(m));
  EXPECT_FALSE(m.statistics().locked);
}

TEST(Mutex, ATimeOutLeavesNoTrace) {
  tutti::mutex m;
  std::scoped_lock hold{m};
  std::thread([&] {
    EXPECT_FALSE(m.try_lock_for(1us));
    EXPECT_FALSE(m.try_lock_until(tutti::clock::now() - 1s));
  }).join();
  tutti::run([](tutti::mutex& mu) -> task<> {
    bool late = false;
    try {
      auto got = co_await tutti::timeout(1us, mu.async_lock());
    } catch (const tutti::timeout_error&) {
      late = true;
    }
    EXPECT_TRUE(late);
  }(m));
  EXPECT_EQ(m.statistics().waiting, 0U);
}

TEST(MutexDeathTest, DestroyingItUnderAWaiterEndsTheProgram) {
  EXPECT_DEATH(tutti::run([]() -> task<> {
                 auto m = std::make_unique<tutti::mutex>();
                 m->lock();
                 bool had = false;
                 auto f = tutti::spawn(want(*m, had));
                 co_await tutti::yield();
                 m.reset();
                 co_await std::move(f);
               }()),
               "a mutex was destroyed while somebody waited for it");
}

}  // namespace
