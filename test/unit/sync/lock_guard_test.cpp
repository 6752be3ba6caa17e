#include <tutti/sync/lock_guard.hpp>

#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include <tutti/sync/mutex.hpp>

namespace {

TEST(LockGuard, HoldsForTheBlock) {
  tutti::mutex m;
  {
    tutti::lock_guard hold{m};
    EXPECT_TRUE(hold);
    EXPECT_EQ(hold.mutex(), &m);
    EXPECT_TRUE(m.statistics().locked);
  }
  EXPECT_FALSE(m.statistics().locked);
}

TEST(LockGuard, UnlocksOnceAndLocksAgain) {
  tutti::mutex m;
  tutti::lock_guard hold{m};
  EXPECT_THROW(hold.lock(), tutti::deadlock);
  hold.unlock();
  EXPECT_FALSE(hold.owns_lock());
  EXPECT_THROW(hold.unlock(), tutti::not_owner);
  hold.lock();
  EXPECT_TRUE(m.statistics().locked);
  EXPECT_EQ(hold.release(), &m);
  EXPECT_TRUE(m.statistics().locked);
  m.unlock();
  tutti::lock_guard<tutti::mutex> none;
  EXPECT_THROW(none.lock(), tutti::not_owner);
}

TEST(LockGuard, WhoHasTheGuardMayUnlock) {
  tutti::mutex m;
  tutti::lock_guard hold{m};
  std::thread([given = std::move(hold)]() mutable { given.unlock(); }).join();
  EXPECT_FALSE(hold.owns_lock());
  EXPECT_TRUE(m.try_lock());
  m.unlock();
}

TEST(LockGuard, AssignmentGivesTheFormerLockBack) {
  tutti::mutex a;
  tutti::mutex b;
  tutti::lock_guard hold{a};
  hold = tutti::lock_guard{b};
  EXPECT_FALSE(a.statistics().locked);
  EXPECT_TRUE(b.statistics().locked);
}

}  // namespace
