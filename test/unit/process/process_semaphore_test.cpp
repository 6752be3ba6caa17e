#include <tutti/process/process_semaphore.hpp>

#include <gtest/gtest.h>

#include <chrono>

#include <tutti/process/process.hpp>
#include <tutti/core/gather.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/process/process_pool.hpp>
#include <tutti/runtime/run.hpp>

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

tutti::task<void> use_permit(tutti::process_semaphore s, int& inside, int& most) {
  for (int i = 0; i < 20; ++i) {
    const tutti::permit one = co_await s.async_acquire();
    most = std::max(most, ++inside);
    --inside;
  }
}
tutti::task<void> await_permits() {
  tutti::process_semaphore s{0};
  tutti::process_pool pool{{.workers = 1}};
  bool in_time = true;
  try {
    const tutti::permit late =
        co_await tutti::timeout(std::chrono::milliseconds(1), s.async_acquire());
  } catch (const tutti::timeout_error&) {
    in_time = false;
  }
  EXPECT_FALSE(in_time);
  auto far = pool.submit([](tutti::process_semaphore there) { there.release(2); }, s);
  int inside = 0;
  int most = 0;
  co_await tutti::gather(use_permit(s, inside, most), use_permit(s, inside, most),
                         use_permit(s, inside, most));
  co_await std::move(far);
  EXPECT_LE(most, 2);
  EXPECT_EQ(s.value(), 2U);
  const tutti::permit in_a_thread{s};
  EXPECT_EQ(s.value(), 1U);
}
TEST(process_semaphore, is_awaited_by_tasks) { tutti::run(await_permits()); }

}  // namespace
