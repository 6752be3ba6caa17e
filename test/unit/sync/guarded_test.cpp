#include <tutti/sync/guarded.hpp>

#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

#include <tutti/tutti.hpp>

using tutti::task;

namespace {

TEST(Guarded, GivesTheValueOnlyUnderItsLock) {
  tutti::guarded<std::vector<int>> g{std::vector{1, 2}};
  g.with([](auto& v) { v.push_back(3); });
  const auto& view = g;
  EXPECT_EQ(view.with([](const auto& v) { return v.size(); }), 3U);
  auto first = g.with([](auto& v) -> int& { return v.front(); });
  static_assert(std::is_same_v<decltype(first), int>);
  EXPECT_THROW(g.with([](auto&) { throw std::runtime_error("no"); }), std::runtime_error);
  EXPECT_FALSE(g.statistics().locked);
  tutti::guarded<std::string> empty;
  EXPECT_TRUE(empty.with([](auto& s) { return s.empty(); }));
}

TEST(Guarded, ThreadsAndTasksTakeTurns) {
  tutti::guarded<int> g{0};
  std::thread t([&] {
    for (int i = 0; i < 500; ++i) g.with([](int& x) { ++x; });
  });
  tutti::run([](tutti::guarded<int>& gu) -> task<> {
    for (int i = 0; i < 500; ++i) co_await gu.async_with([](int& x) { ++x; });
  }(g));
  t.join();
  EXPECT_EQ(g.with([](int& x) { return x; }), 1000);
}

}  // namespace
