#include <tutti/core/as_completed.hpp>

#include <stdexcept>
#include <vector>

#include <tutti/core/sleep.hpp>
#include <tutti/runtime/run.hpp>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;

tutti::task<int> doubled(int x) {
  co_await tutti::yield();
  co_return 2 * x;
}
std::vector<tutti::future<int>> three(std::vector<tutti::promise<int>>& p) {
  std::vector<tutti::future<int>> out;
  for (int i = 0; i < 3; ++i) out.push_back(p.emplace_back().get_future());
  return out;
}

TEST(AsCompleted, InTheOrderOfCompletion) {
  auto main = []() -> tutti::task<> {
    std::vector<tutti::promise<int>> p;
    auto s = tutti::as_completed(three(p));
    p[2].set_value(2);
    p[0].set_exception(std::out_of_range("no"));
    auto got = co_await s.async_next();
    EXPECT_EQ(got, 2);
    try {
      co_await s.async_next();
      ADD_FAILURE();
    } catch (const std::out_of_range&) {
    }
    p[1].set_value(1);
    got = co_await s.async_next();
    EXPECT_EQ(got, 1);
    got = co_await s.async_next();
    EXPECT_FALSE(got.has_value());
    std::vector<tutti::task<int>> tasks;
    tasks.push_back(doubled(4));
    auto t = tutti::as_completed(std::move(tasks));
    got = co_await t.async_next();
    EXPECT_EQ(got, 8);
  };
  tutti::run(main());
}

TEST(AsCompleted, DroppingTheStreamCancelsItsTasks) {
  auto main = []() -> tutti::task<> {
    bool was_cancelled = false;
    auto sleeper = [](bool& told) -> tutti::task<int> {
      try {
        co_await tutti::sleep(tutti::duration::max());
      } catch (const tutti::cancelled&) {
        told = true;
        throw;
      }
      co_return 0;
    };
    {
      std::vector<tutti::task<int>> tasks;
      tasks.push_back(sleeper(was_cancelled));
      auto s = tutti::as_completed(std::move(tasks));
      co_await tutti::yield();
    }
    co_await tutti::yield();
    EXPECT_TRUE(was_cancelled);
  };
  tutti::run(main());
}

}  // namespace
