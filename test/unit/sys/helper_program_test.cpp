#include <tutti/sys/helper_program.hpp>

#include <gtest/gtest.h>

#include <signal.h>

#include <cerrno>
#include <chrono>
#include <system_error>

namespace sys = tutti::sys;
using namespace std::chrono_literals;

namespace {

TEST(HelperProgram, ItsLinesAreReadAndItsEndIsSeen) {
  sys::helper_program helper({"/bin/sh", "-c", "echo one; echo two"});
  EXPECT_EQ(helper.read_line(30s), "one");
  EXPECT_EQ(helper.read_line(30s), "two");
  EXPECT_EQ(helper.read_line(30s), "");
}

TEST(HelperProgram, NothingOfItIsLeftBehind) {
  std::int64_t process = 0;
  {
    sys::helper_program tidy({"/bin/cat"});  // ends when its input ends
    process = tidy.process();
    EXPECT_EQ(kill(static_cast<pid_t>(process), 0), 0);
  }
  EXPECT_EQ(kill(static_cast<pid_t>(process), 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST(HelperProgram, AStubbornOneIsKilled) {
  sys::helper_program stubborn({"/bin/sh", "-c", "echo ready; exec sleep 1000"});
  EXPECT_EQ(stubborn.read_line(30s), "ready");
}

TEST(HelperProgram, AMissingProgramThrows) {
  EXPECT_THROW(sys::helper_program({"/no/such/program"}), std::system_error);
}

TEST(HelperProgram, KnowsItsOwnFile) {
  EXPECT_NE(sys::this_program().find("test_unit_sys"), std::string::npos);
}

}  // namespace
