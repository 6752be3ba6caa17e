#include <tutti/sys/mutex.hpp>

#include <vector>

#include <tutti/sys/thread.hpp>

#include <gtest/gtest.h>

namespace {

TEST(SysMutex, ExcludesUnderContention) {
  tutti::sys::mutex m;
  int count = 0;
  {
    std::vector<tutti::sys::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back("adder", [&] {
        for (int i = 0; i < 10'000; ++i) {
          tutti::sys::lock hold(m);
          ++count;
        }
      });
    }
  }
  EXPECT_EQ(count, 40'000);
}

TEST(SysMutex, TryLockFailsWhileHeld) {
  tutti::sys::mutex m;
  bool second = true;
  {
    tutti::sys::lock hold(m);
    tutti::sys::thread t("other", [&] {
      if (m.try_lock()) {
        m.unlock();
      } else {
        second = false;
      }
    });
    t.join();
  }
  EXPECT_FALSE(second);
}

}  // namespace
