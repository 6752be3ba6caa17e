#include <tutti/process/process_queue.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <string>

#include <tutti/process/process.hpp>
#include <tutti/core/gather.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/process/process_pool.hpp>
#include <tutti/runtime/run.hpp>

namespace {

using namespace std::chrono_literals;
using tutti::process_queue;

void produce(process_queue<std::string> q, int count) {
  for (int i = 0; i < count; ++i) q.put(std::string(static_cast<std::size_t>(i % 50), 'x'));
  q.close();
}

TEST(process_queue, items_arrive_in_order_through_little_room) {
  process_queue<std::string> q{200};
  tutti::process p{"produce", produce, q, 5000};
  int count = 0;
  while (auto item = q.next()) {
    ASSERT_EQ(item->size(), static_cast<std::size_t>(count % 50));
    ++count;
  }
  EXPECT_EQ(count, 5000);
  EXPECT_TRUE(p.join().ok());
  EXPECT_THROW(q.get(), tutti::closed);
  EXPECT_THROW(q.put("late"), tutti::closed);
}

TEST(process_queue, waits_end_with_their_limit) {
  process_queue<int> q{4};
  EXPECT_FALSE(q.try_get());
  EXPECT_FALSE(q.try_get_for(1ms));
  EXPECT_TRUE(q.try_put(1));
  EXPECT_FALSE(q.try_put(2));
  EXPECT_FALSE(q.try_put_for(2, 1ms));
  EXPECT_EQ(q.size(), 1U);
  EXPECT_EQ(q.get(), 1);
  EXPECT_TRUE(q.empty());
}

TEST(process_queue, what_can_never_fit_is_an_error) {
  process_queue<std::string> q{100};
  EXPECT_THROW(q.put(std::string(1000, 'x')), tutti::error);
}

void flood(process_queue<int> q) {
  for (int i = 0;; ++i) q.put(i);
}

TEST(process_queue, survives_producers_killed_at_any_moment) {
  process_queue<int> q{4096};
  for (int round = 0; round < 20; ++round) {
    tutti::process p{"flood", flood, q};
    for (int i = 0; i < 50 * round; ++i) q.get();
    p.kill();
    EXPECT_EQ(p.join().signal(), SIGKILL);
    int last = -1;
    while (auto item = q.try_get()) {
      if (last >= 0) {
        ASSERT_EQ(*item, last + 1);
      }
      last = *item;
    }
  }
}

tutti::task<void> produce(tutti::process_queue<int> q) {
  for (int i = 0; i < 500; ++i) co_await q.async_put(i);
  q.close();
}
tutti::task<long> consume(tutti::process_queue<int> q) {
  long sum = 0;
  for (;;) {
    const std::optional<int> item = co_await q.async_next();
    if (!item) co_return sum;
    sum += *item;
  }
}
tutti::task<void> await_items() {
  tutti::process_queue<int> there{64};  // room for three items: both sides wait
  tutti::process_queue<int> back{64};
  tutti::process_pool pool{{.workers = 1}};
  auto far = pool.submit(
      [](tutti::process_queue<int> in, tutti::process_queue<int> out) {
        while (auto item = in.next()) out.put(*item * 2);
        out.close();
      },
      there, back);
  auto [nothing, sum] = co_await tutti::gather(produce(there), consume(back));
  static_cast<void>(nothing);
  EXPECT_EQ(sum, 499L * 500);
  co_await std::move(far);
  tutti::process_queue<int> empty{64};
  bool in_time = true;
  try {
    co_await tutti::timeout(std::chrono::milliseconds(1), empty.async_get());
  } catch (const tutti::timeout_error&) {
    in_time = false;
  }
  EXPECT_FALSE(in_time);
  empty.put(7);
  const int seven = co_await empty.async_get();
  EXPECT_EQ(seven, 7);
}
TEST(process_queue, is_awaited_by_tasks) { tutti::run(await_items()); }

}  // namespace
