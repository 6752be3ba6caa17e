#include <tutti/process/process_queue.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <string>

#include <tutti/process/process.hpp>

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

}  // namespace
