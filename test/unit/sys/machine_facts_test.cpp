#include <tutti/sys/machine_facts.hpp>

#include <gtest/gtest.h>

namespace sys = tutti::sys;

namespace {

TEST(MachineFacts, TellsWhatThisProcessMay) {
  const auto facts = sys::look_at_machine();
  EXPECT_TRUE(facts.system.starts_with("Linux ")) << facts.system;
  EXPECT_TRUE(facts.c_library.starts_with("glibc ")) << facts.c_library;
  EXPECT_GT(facts.memory_bytes, 0U);
  if (facts.open_files.now && facts.open_files.possible) {
    EXPECT_LE(*facts.open_files.now, *facts.open_files.possible);
  }
  EXPECT_FALSE(!facts.io_uring_refusal.empty() && facts.io_uring_is_plain);
}

}  // namespace
