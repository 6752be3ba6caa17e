#include <tutti/testing/detail/shrinker.hpp>

#include <gtest/gtest.h>

namespace tutti::detail {
namespace {

TEST(shrinker, kinds_do_not_depend_on_numbers_and_bystanders) {
  const auto kind = [](verdict v, const char* text) {
    run_result r;
    r.what = v;
    r.text = text;
    return kind_of(r);
  };
  EXPECT_EQ(kind(verdict::check, "check failed at a.cpp:12: 3 hold 2 permits"),
            kind(verdict::check, "check failed at a.cpp:12: 14 hold 2 permits"));
  EXPECT_NE(kind(verdict::check, "check failed at a.cpp:12"),
            kind(verdict::check, "check failed at a.cpp:13"));
  EXPECT_EQ(
      kind(verdict::deadlock, "deadlock: \"a\" waits in mutex.lock, \"b\" waits in mutex.lock"),
      kind(verdict::deadlock, "deadlock: \"b\" waits in mutex.lock"));
  EXPECT_NE(kind(verdict::deadlock, "deadlock: \"a\" waits in mutex.lock"),
            kind(verdict::deadlock, "deadlock: \"a\" waits in queue.get"));
  EXPECT_EQ(kind(verdict::leak, "leak: alive: thread \"a\" can go on"),
            kind(verdict::leak, "leak: alive: thread \"a\" waits in event.wait"));
  EXPECT_EQ(kind(verdict::livelock, "livelock: no end after 9 steps; running: \"a\" is running"),
            kind(verdict::livelock, "livelock: no end after 9 steps; running: \"b\" is running"));
}

}  // namespace
}  // namespace tutti::detail
