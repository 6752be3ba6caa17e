#include <tutti/sys/futex.hpp>

#include <chrono>

#include <gtest/gtest.h>

#include <tutti/sys/thread.hpp>

namespace {

using namespace tutti;

TEST(Futex, DoesNotSleepOnAnotherValue) {
  sys::atomic<std::uint32_t> word{1};
  sys::futex_wait(word, 0, time_point::max());  // a wait that slept would never come back
  SUCCEED();
}

TEST(Futex, GivesUpAtTheDeadline) {
  sys::atomic<std::uint32_t> word{0};
  sys::futex_wait(word, 0, time_point(duration(1)));  // long ago
  SUCCEED();
}

TEST(Futex, AWakeAfterTheChangeIsNeverLost) {
  for (int round = 0; round < 200; ++round) {
    sys::atomic<std::uint32_t> word{0};
    sys::thread waker("waker", [&] {
      word.store(1, sys::release);  // pairs: the acquire below
      sys::futex_wake(word, 1);
    });
    while (word.load(sys::acquire) == 0) {  // pairs: the release above
      sys::futex_wait(word, 0, time_point::max());
    }
    waker.join();
  }
}

}  // namespace
