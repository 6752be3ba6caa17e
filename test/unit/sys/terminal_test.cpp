#include <tutti/sys/terminal.hpp>

#include <gtest/gtest.h>

#include <cstdlib>

namespace tutti::sys {
namespace {

TEST(terminal, a_file_is_no_terminal_and_takes_its_width_from_columns) {
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  ::setenv("COLUMNS", "132", 1);
  EXPECT_FALSE(look_at_terminal(file).is_terminal);
  EXPECT_EQ(look_at_terminal(file).columns, 132);
  ::setenv("COLUMNS", "three", 1);
  EXPECT_EQ(look_at_terminal(file).columns, 80);
  ::unsetenv("COLUMNS");
  std::fclose(file);
}

}  // namespace
}  // namespace tutti::sys
