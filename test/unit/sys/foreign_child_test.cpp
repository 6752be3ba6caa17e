#include <tutti/sys/foreign_child.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>

namespace tutti::sys {
namespace {

const ended_child& run_to_end(foreign_child& child) {
  while (!child.end().has_ended) child.wait(std::chrono::seconds(10));
  return child.end();
}

TEST(foreign_child, the_exit_code_passes_through) {
  foreign_child child;
  ASSERT_EQ(child.start({"sh", "-c", "exit 42"}), 0);
  EXPECT_EQ(run_to_end(child).exit_code, 42);
  EXPECT_EQ(child.end().signal, 0);
}

TEST(foreign_child, a_deadly_signal_is_told) {
  foreign_child child;
  ASSERT_EQ(child.start({"sh", "-c", "kill -SEGV $$"}), 0);
  EXPECT_EQ(run_to_end(child).signal, SIGSEGV);
  EXPECT_STREQ(signal_name(child.end().signal), "SEGV");
}

TEST(foreign_child, what_cannot_be_executed_says_why) {
  foreign_child child;
  EXPECT_EQ(child.start({"/nowhere/at/all"}), ENOENT);
  EXPECT_EQ(child.start({"/etc/passwd"}), EACCES);
  ASSERT_EQ(child.start({"true"}), 0);
  EXPECT_EQ(run_to_end(child).exit_code, 0);
}

TEST(foreign_child, the_program_has_the_signal_mask_it_would_have_without_us) {
  foreign_child child;
  ASSERT_EQ(child.start({"sh", "-c", "kill -TERM $$; exit 7"}), 0);
  EXPECT_EQ(run_to_end(child).signal, SIGTERM);
}

TEST(foreign_child, a_signal_sent_to_us_reaches_the_program) {
  foreign_child child;
  ASSERT_EQ(child.start({"sh", "-c", "trap 'exit 5' TERM; while :; do :; done"}), 0);
  child.send_terminate();
  const ended_child& end = run_to_end(child);
  EXPECT_TRUE(end.exit_code == 5 || end.signal == SIGTERM);  // before or after the trap was set
}

TEST(foreign_child, life_of_processes) {
  EXPECT_TRUE(is_alive(1));
  EXPECT_FALSE(is_alive(-1));
  EXPECT_STREQ(signal_name(9999), "unknown");
}

}  // namespace
}  // namespace tutti::sys
