#include <tutti/process/backend/zygote.hpp>

#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

namespace {

/// Starts a program; its pid and the read end of its output.
struct started {
  explicit started(const char* program) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
    pid = ::fork();
    if (pid == 0) {
      ::dup2(ends[1], 1);
      ::execl(program, program, nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    output = ::fdopen(ends[0], "r");
  }
  started(const started&) = delete;
  started& operator=(const started&) = delete;
  ~started() {
    std::fclose(output);
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  std::string line() {
    char text[512] = {};
    return std::fgets(text, sizeof text, output) != nullptr ? text : "";
  }
  int pid;
  FILE* output;
};

TEST(zygote, a_program_that_makes_no_process_has_none) {
  started plain(PLAIN_PROGRAM);
  EXPECT_EQ(plain.line(), "0\n");
}

TEST(zygote, no_worker_outlives_a_host_that_was_killed) {
  for (int round = 0; round < 10; ++round) {
    std::vector<int> handles;
    {
      started host(HOST_PROGRAM);
      std::istringstream pids(host.line());
      for (int pid; pids >> pid;)
        handles.push_back(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
      // The zygote, two workers, and what one of these has started.
      ASSERT_EQ(handles.size(), 4U);
    }
    for (const int handle : handles) {
      ASSERT_GE(handle, 0);
      pollfd look{handle, POLLIN, 0};
      EXPECT_EQ(::poll(&look, 1, 20000),
                1);  // its end; the limit only keeps a failure from hanging
      ::close(handle);
    }
  }
}

}  // namespace
