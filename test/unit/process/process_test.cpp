#include <tutti/process/process.hpp>

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>
#include <tutti/base/error.hpp>
#include <tutti/core/this_task.hpp>
#include <tutti/runtime/run.hpp>

namespace {

using tutti::process;

void nothing() {}
void leave(int code) { std::exit(code); }
void endless() {
  for (;;) ::pause();
}
void refuse() { throw std::out_of_range("on purpose"); }
void check_name(std::string expected, std::vector<int> large) {
  ::_exit(tutti::this_task::name() == expected && large.size() == 100000 ? 0 : 1);
}

TEST(process, runs_a_function_and_tells_how_it_ended) {
  process p{"nothing", nothing};
  EXPECT_GT(p.pid(), 0);
  EXPECT_TRUE(p.join().ok());
  EXPECT_TRUE(p.join().ok());
  EXPECT_FALSE(p.alive());
  EXPECT_EQ((process{"leave", leave, 7}.join().code()), 7);
  EXPECT_EQ((process{"refuse", refuse}.join().code()), 1);
  process named{"worker bee", check_name, "worker bee", std::vector<int>(100000)};
  EXPECT_TRUE(named.join().ok());
}

TEST(process, ends_when_asked_or_forced) {
  process asked{"asked", endless};
  EXPECT_TRUE(asked.alive());
  asked.terminate();
  EXPECT_EQ(asked.join().signal(), SIGTERM);
  process forced{"forced", endless};
  forced.kill();
  const tutti::exit_status status = forced.join();
  EXPECT_EQ(status.signal(), SIGKILL);
  EXPECT_NE(status.text().find("SIGKILL"), std::string::npos);
  forced.kill();  // too late, and harmless
}

TEST(process, its_destructor_ends_it) {
  int pid = 0;
  {
    process p{"endless", endless};
    pid = p.pid();
  }
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

tutti::task<int> wait_for(process p) {
  const tutti::exit_status status = co_await p.async_join();
  co_return status.code();
}

TEST(process, is_awaited_by_coroutines) {
  EXPECT_EQ(tutti::run(wait_for(process{"leave", leave, 3})), 3);
}

TEST(process, a_join_that_was_cancelled_leaves_it_alone) {
  process p{"endless", endless};
  auto waiting = p.async_join();
  EXPECT_TRUE(waiting.cancel());
  EXPECT_THROW(waiting.get(), tutti::future_cancelled);
  EXPECT_TRUE(p.alive());
  auto again = p.async_join();
  p.kill();
  EXPECT_EQ(again.get().signal(), SIGKILL);
}

}  // namespace
