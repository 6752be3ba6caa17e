#include <tutti/sys/current.hpp>

#include <gtest/gtest.h>

#include <tutti/sys/thread.hpp>

namespace {

using namespace tutti;

TEST(Current, BelongsToItsThread) {
  int mark = 0;
  sys::current.worker = &mark;
  bool empty_there = false;
  sys::parker* theirs = nullptr;
  sys::thread other("current", [&] {
    empty_there = sys::current.worker == nullptr;
    theirs = &sys::this_parker();
  });
  other.join();
  EXPECT_TRUE(empty_there);
  EXPECT_EQ(sys::current.worker, &mark);
  EXPECT_NE(theirs, &sys::this_parker());
  sys::current.worker = nullptr;
}

TEST(Current, TheParkerStaysTheSame) { EXPECT_EQ(&sys::this_parker(), &sys::this_parker()); }

}  // namespace
