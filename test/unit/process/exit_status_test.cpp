#include <tutti/process/exit_status.hpp>

#include <gtest/gtest.h>

namespace {

TEST(exit_status, says_how_a_process_ended) {
  EXPECT_TRUE(tutti::exit_status{}.ok());
  EXPECT_EQ((tutti::exit_status{3, 0}.text()), "exited with code 3");
  EXPECT_NE((tutti::exit_status{0, 11}.text().find("SIGSEGV")), std::string::npos);
  EXPECT_FALSE((tutti::exit_status{0, 9}.ok()));
}

}  // namespace
