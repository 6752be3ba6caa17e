#include <tutti/core/wait_futures.hpp>

#include <stdexcept>
#include <vector>

#include <tutti/runtime/run.hpp>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;

std::vector<tutti::future<int>> three(std::vector<tutti::promise<int>>& p) {
  std::vector<tutti::future<int>> out;
  for (int i = 0; i < 3; ++i) out.push_back(p.emplace_back().get_future());
  return out;
}

TEST(Wait, GivesTheSameFuturesBack) {
  std::vector<tutti::promise<int>> p;
  auto fs = three(p);
  p[1].set_value(5);
  auto first = tutti::wait(std::move(fs), tutti::wait_until::first_completed);
  ASSERT_EQ(first.done.size(), 1U);
  ASSERT_EQ(first.pending.size(), 2U);
  EXPECT_EQ(first.done[0].get(), 5);
  auto none = tutti::try_wait_for(std::move(first.pending), 0s, tutti::wait_until::first_completed);
  EXPECT_EQ(none.done.size(), 0U);
  p[2].set_exception(std::out_of_range("no"));
  auto failed = tutti::wait(std::move(none.pending), tutti::wait_until::first_exception);
  ASSERT_EQ(failed.done.size(), 1U);
  EXPECT_THROW(failed.done[0].get(), std::out_of_range);
  p[0].set_value(1);
  auto all = tutti::wait(std::move(failed.pending));
  EXPECT_EQ(all.done.size(), 1U);
  EXPECT_TRUE(tutti::wait(std::vector<tutti::future<int>>{}).done.empty());
}

TEST(Wait, AwaitedWithALimit) {
  auto main = []() -> tutti::task<> {
    std::vector<tutti::promise<int>> p;
    auto fs = three(p);
    auto none = co_await tutti::async_wait_for(std::move(fs), 1ms);
    EXPECT_EQ(none.pending.size(), 3U);
    p[0].set_value(1);
    auto one =
        co_await tutti::async_wait(std::move(none.pending), tutti::wait_until::first_completed);
    EXPECT_EQ(one.done.size(), 1U);
    p[1].set_value(2);
    p[2].set_value(3);
  };
  tutti::run(main());
}

}  // namespace
