#include <tutti/process/process_event.hpp>

#include <gtest/gtest.h>

#include <chrono>

#include <tutti/process/process.hpp>

namespace {

using namespace std::chrono_literals;
using tutti::process_event;

void answer(process_event asked, process_event answered) {
  asked.wait();
  answered.set();
}

TEST(process_event, wakes_another_process) {
  process_event asked;
  process_event answered;
  tutti::process p{"answer", answer, asked, answered};
  EXPECT_FALSE(answered.is_set());
  EXPECT_FALSE(answered.try_wait_for(1ms));
  asked.set();
  answered.wait();
  EXPECT_TRUE(answered.try_wait_for(0ms));
  answered.clear();
  EXPECT_FALSE(answered.is_set());
  EXPECT_TRUE(p.join().ok());
}

}  // namespace
