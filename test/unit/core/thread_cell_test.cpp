#include <tutti/core/thread_cell.hpp>

#include <chrono>

#include <gtest/gtest.h>

#include <tutti/sys/thread.hpp>

namespace {

using namespace tutti;

const detail::wait_kind testing_wait{"test", [](detail::wait&) noexcept { return true; }};

TEST(ThreadCell, IsMadeOncePerThread) {
  detail::task_cell& mine = detail::current_cell();
  EXPECT_EQ(&mine, &detail::current_cell());
  EXPECT_TRUE(mine.is_thread());
  EXPECT_FALSE(mine.is_coroutine);
  detail::task_cell* theirs = nullptr;
  sys::thread other("other", [&] {
    theirs = &detail::current_cell();
    EXPECT_EQ(theirs->name_text(), "other");
  });
  other.join();
  EXPECT_NE(theirs, &mine);
}

TEST(ThreadCell, AWakeBeforeTheSleepIsKept) {
  detail::task_cell& mine = detail::current_cell();
  detail::wait w(testing_wait, mine);
  mine.wake();
  mine.block(w, time_point::max());
  EXPECT_FALSE(w.timed_out);
}

TEST(ThreadCell, AWakeFromElsewhereEndsTheSleep) {
  detail::task_cell& mine = detail::current_cell();
  for (int i = 0; i < 100; ++i) {
    detail::wait w(testing_wait, mine);
    sys::thread other("waker", [&] { mine.wake(); });
    mine.block(w, time_point::max());
    EXPECT_FALSE(w.timed_out);
    other.join();
  }
}

TEST(ThreadCell, ADeadlineEndsItWithoutAWake) {
  detail::task_cell& mine = detail::current_cell();
  detail::wait w(testing_wait, mine);
  mine.block(w, time_point(duration(1)));
  EXPECT_TRUE(w.timed_out);
}

}  // namespace
