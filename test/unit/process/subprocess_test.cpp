#include <tutti/process/subprocess.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include <tutti/core/gather.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/runtime/run.hpp>

namespace {

using namespace std::chrono_literals;
using tutti::completed;
using tutti::run_command;
using tutti::subprocess;
using words = std::vector<std::string>;

TEST(run_command, gives_back_what_the_program_said_and_how_it_ended) {
  const words argv{"sh", "-c", "cat; echo oops >&2; exit 3"};
  const completed all = tutti::run(run_command(argv, {.input = "hello"}));
  EXPECT_EQ(all.status.code(), 3);
  EXPECT_EQ(all.out, "hello");
  EXPECT_EQ(all.err, "oops\n");
}

TEST(run_command, takes_words_as_they_are_without_a_shell) {
  const words argv{"printf", "%s|", "a b", "$HOME", "*", ""};
  EXPECT_EQ(tutti::run(run_command(argv)).out, "a b|$HOME|*||");
}

TEST(run_command, full_pipes_in_every_direction_stop_nobody) {
  const std::string much(4 << 20, 'x');
  const words argv{"tee", "/dev/stderr"};
  const completed all = tutti::run(run_command(argv, {.input = much}));
  EXPECT_TRUE(all.status.ok());
  EXPECT_EQ(all.out, much);
  EXPECT_EQ(all.err, much);
}

TEST(run_command, a_program_that_does_not_read_its_input_is_no_error) {
  const std::string much(4 << 20, 'x');
  const words argv{"true"};
  EXPECT_TRUE(tutti::run(run_command(argv, {.input = much})).status.ok());
}

TEST(run_command, a_program_that_is_not_there_is_a_system_error) {
  const words argv{"/no/such/program"};
  try {
    tutti::run(run_command(argv));
    ADD_FAILURE();
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code().value(), ENOENT);
    EXPECT_NE(std::string(e.what()).find("/no/such/program"), std::string::npos);
  }
  EXPECT_THROW(tutti::run(run_command(words{})), std::invalid_argument);
}

TEST(run_command, past_its_time_limit_it_is_killed_with_its_group) {
  // The grandchild holds the pipe open: reading ends only because it dies, too.
  const words argv{"sh", "-c", "sleep 1000 & echo $!; wait"};
  EXPECT_THROW(tutti::run(run_command(argv, {.timeout = 50ms})), tutti::timeout_error);
}

TEST(run_command, too_much_output_is_an_error) {
  const words argv{"yes"};
  EXPECT_THROW(tutti::run(run_command(argv, {.output_max = 1 << 16})), tutti::error);
}

TEST(run_command, starts_where_it_is_told) {
  const words argv{"pwd"};
  EXPECT_EQ(tutti::run(run_command(argv, {.directory = "/"})).out, "/\n");
}

TEST(run_command, inherits_no_descriptor_and_no_signal_setting) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);  // not close-on-exec on purpose
  ::signal(SIGUSR2, SIG_IGN);
  const words argv{"sh", "-c", "ls /proc/self/fd; kill -USR2 $$"};
  const completed all = tutti::run(run_command(argv));
  ::signal(SIGUSR2, SIG_DFL);
  EXPECT_EQ(all.out, "0\n1\n2\n3\n");  // 3 is ls's own look at the directory
  EXPECT_EQ(all.status.signal(), SIGUSR2);
  ::close(ends[0]);
  ::close(ends[1]);
}

tutti::task<void> talk() {
  subprocess child = subprocess::start({"cat"});
  EXPECT_GT(child.pid(), 0);
  co_await child.in().write("line\n");
  std::optional<std::string> line = co_await child.out().read_line();
  EXPECT_EQ(line, "line");
  co_await child.in().shutdown_write();
  const std::string rest = co_await child.out().read_all();
  const std::string noise = co_await child.err().read_all();
  EXPECT_EQ(rest + noise, "");
  const tutti::exit_status first = co_await child.wait();
  const tutti::exit_status again = co_await child.wait();
  EXPECT_TRUE(first.ok());
  EXPECT_EQ(first, again);
  child.kill();  // of one that ended: nothing
}
TEST(subprocess, talks_through_its_streams) { tutti::run(talk()); }

tutti::task<void> end_them() {
  subprocess killed = subprocess::start({"sleep", "1000"});
  killed.kill();
  tutti::exit_status s = co_await killed.wait();
  EXPECT_EQ(s.signal(), SIGKILL);
  subprocess asked = subprocess::start({"sleep", "1000"});
  asked.terminate();
  s = co_await asked.wait();
  EXPECT_EQ(s.signal(), SIGTERM);
}
TEST(subprocess, ends_when_it_is_told) { tutti::run(end_them()); }

TEST(subprocess, dropped_it_is_killed_and_reaped) {
  int pid = 0;
  {
    const subprocess child = subprocess::start({"sleep", "1000"});
    pid = child.pid();
  }
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

tutti::task<void> wait_in_vain() {
  subprocess child = subprocess::start({"sleep", "1000"});
  bool in_time = true;
  try {
    co_await tutti::timeout(1ms, child.wait());
  } catch (const tutti::timeout_error&) {
    in_time = false;
  }
  EXPECT_FALSE(in_time);
  child.kill();
  const tutti::exit_status s = co_await child.wait();
  EXPECT_EQ(s.signal(), SIGKILL);
}
TEST(subprocess, a_cancelled_wait_leaves_it_running) { tutti::run(wait_in_vain()); }

}  // namespace
