#include <tutti/process/process_semaphore.hpp>

#include <gtest/gtest.h>

#include <chrono>

#include <tutti/process/process.hpp>

namespace {

using namespace std::chrono_literals;
using tutti::process_semaphore;

void give(process_semaphore s, int times) {
  for (int i = 0; i < times; ++i) s.release();
}

TEST(process_semaphore, permits_given_there_are_taken_here) {
  process_semaphore s{1};
  s.acquire();
  EXPECT_FALSE(s.try_acquire());
  EXPECT_FALSE(s.try_acquire_for(1ms));
  tutti::process p{"give", give, s, 1000};
  for (int i = 0; i < 1000; ++i) s.acquire();
  EXPECT_TRUE(p.join().ok());
  EXPECT_EQ(s.value(), 0U);
  s.release(3);
  EXPECT_EQ(s.value(), 3U);
}

}  // namespace
