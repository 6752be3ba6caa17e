#include <tutti/process/worker_output.hpp>

#include <gtest/gtest.h>

#include <csignal>
#include <cstdio>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

#include <tutti/process/process_pool.hpp>

namespace {

using tutti::process_pool;
using tutti::worker_line;

// Written by a pool's supervisor, read by who waited for a task that wrote.
std::vector<std::string> lines;
int line_pid = 0;
void note(const worker_line& line) {
  lines.push_back(std::string(line.worker) + ": " + std::string(line.text));
  line_pid = line.pid;
}

int speak(int from, int count) {
  for (int i = from; i < from + count; ++i) {
    if (i % 2 == 0) {
      std::printf("line %d\n", i);
    } else {
      std::cerr << "line " << i << std::endl;
    }
  }
  return ::getpid();
}
void speak_and_die() {
  std::printf("all was well\n");
  std::fputs("then it ", stderr);
  std::fputs("was not", stderr);
  std::raise(SIGKILL);
}

TEST(worker_output, lines_arrive_in_order_and_before_the_result) {
  lines.clear();
  process_pool pool{{.workers = 1, .name = "talk", .on_output = &note}};
  const int pid = pool.submit(speak, 0, 5).get();
  ASSERT_EQ(lines.size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(lines[i], "talk-0: line " + std::to_string(i));
  EXPECT_EQ(line_pid, pid);
  pool.submit([] { std::printf("no end"); }).get();
  pool.shutdown();
  EXPECT_EQ(lines.back(), "talk-0: no end");
}

TEST(worker_output, however_much_there_is) {
  lines.clear();
  process_pool pool{{.workers = 2, .on_output = &note}};
  auto one = pool.submit(speak, 0, 4000);
  auto two = pool.submit([](std::size_t bytes) { std::puts(std::string(bytes, 'x').c_str()); },
                         std::size_t{300'000});
  one.get();
  two.get();
  std::vector<std::string> of_one;
  std::size_t bytes = 0;
  for (const std::string& line : lines) {
    if (line.find("line") != line.npos) of_one.push_back(line.substr(line.find("line")));
    for (const char c : line) bytes += c == 'x' ? 1 : 0;
  }
  ASSERT_EQ(of_one.size(), 4000U);
  for (int i = 0; i < 4000; ++i)
    ASSERT_EQ(of_one[static_cast<std::size_t>(i)], "line " + std::to_string(i));
  EXPECT_EQ(bytes, 300'000U);
}

TEST(worker_output, a_crash_report_tells_what_was_written_last) {
  lines.clear();
  process_pool pool{{.workers = 1, .on_output = &note}};
  try {
    pool.submit(speak_and_die).get();
    ADD_FAILURE();
  } catch (const tutti::worker_crashed& e) {
    EXPECT_EQ(e.output(), "all was well\nthen it was not");
    EXPECT_NE(std::string(e.what()).find("the last it wrote: then it was not"), std::string::npos)
        << e.what();
  }
  EXPECT_EQ(pool.submit([](int x) { return x; }, 3).get(), 3);
  EXPECT_EQ(lines, (std::vector<std::string>{"pool-0: all was well", "pool-0: then it was not"}));
}

TEST(worker_output, goes_to_standard_error_with_name_and_pid) {
  testing::internal::CaptureStderr();
  int pid = 0;
  {
    process_pool pool{{.workers = 1, .name = "log", .output = tutti::worker_output::logged}};
    pid = pool.submit(speak, 0, 1).get();
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "log-0[" + std::to_string(pid) + "]: line 0\n");
}

}  // namespace
