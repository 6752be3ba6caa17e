#include <tutti/sys/procfs.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

namespace tutti::sys {
namespace {

TEST(procfs, a_kept_file_sees_what_was_written_since) {
  const std::string path = testing::TempDir() + "tutti-kept";
  std::ofstream(path) << "one";
  kept_file file(path);
  EXPECT_EQ(file.read(true), "one");
  EXPECT_TRUE(file.is_open());
  std::ofstream(path) << "another";
  EXPECT_EQ(file.read(true), "another");
  EXPECT_EQ(file.read(false, 3), "ano");
  EXPECT_FALSE(file.is_open());
  std::remove(path.c_str());
  EXPECT_EQ(file.read(true), "");
  EXPECT_NE(file.last_errno(), 0);
}

TEST(procfs, what_is_not_there_answers_nothing) {
  EXPECT_FALSE(read_text("/nowhere/at/all"));
  EXPECT_FALSE(read_link("/nowhere/at/all"));
  EXPECT_FALSE(list_numbers("/nowhere/at/all"));
}

TEST(procfs, this_process_is_in_its_own_tree) {
  const auto tasks = list_numbers("/proc/self/task");
  ASSERT_TRUE(tasks);
  EXPECT_NE(std::find(tasks->begin(), tasks->end(), own_pid()), tasks->end());
  EXPECT_EQ(list_numbers("/proc", 3)->size(), 3U);
  EXPECT_GT(own_cpu_seconds(), 0);
  EXPECT_GT(seconds_since_boot(), 0);
  EXPECT_GE(descriptors_max(), 16U);
}

TEST(procfs, reads_memory_it_may_read_and_refuses_the_rest) {
  const int here = 4711;
  int copy = 0;
  const bool may =
      read_memory(own_pid(), reinterpret_cast<unsigned long long>(&here), &copy, sizeof copy);
  if (may) {
    EXPECT_EQ(copy, 4711);
  }
  EXPECT_FALSE(read_memory(own_pid(), 8, &copy, sizeof copy));
}

}  // namespace
}  // namespace tutti::sys
