#include <tutti/process/start_method.hpp>

#include <gtest/gtest.h>

#include <string>

#include <sys/wait.h>
#include <unistd.h>

namespace {

/// Each in a program of its own (program/start.cpp): they change what a process has only once.
class start_method : public testing::TestWithParam<const char*> {};

TEST_P(start_method, holds) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::execl(START_PROGRAM, START_PROGRAM, GetParam(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

#if defined(TUTTI_TSAN)
// TSan cannot follow a fork in the middle of a program, nor signals that others send themselves.
INSTANTIATE_TEST_SUITE_P(ways, start_method,
                         testing::Values("fork_refused", "no_descriptors", "early_module",
                                         "before_main", "nested_cores"));
#else
INSTANTIATE_TEST_SUITE_P(ways, start_method,
                         testing::Values("fork", "fork_refused", "spawn", "spawn_in_a_thread",
                                         "lost_zygote", "sigchld_ignored", "sigchld_handled",
                                         "wait_for_any", "no_descriptors", "interrupted",
                                         "early_module", "forked_host", "before_main",
                                         "nested_cores"),
                         [](const auto& about) { return std::string(about.param); });
#endif

}  // namespace
