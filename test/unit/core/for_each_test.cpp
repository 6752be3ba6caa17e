#include <tutti/core/for_each.hpp>

#include <chrono>
#include <memory>
#include <numeric>
#include <ranges>
#include <sstream>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include <tutti/base/clock.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/testing/run_virtual.hpp>
#include <tutti/thread/thread_pool.hpp>

namespace {

using namespace std::chrono_literals;
using tutti::task;

task<int> slow_twice(int x) {
  co_await tutti::sleep(std::chrono::seconds(10 - x));
  co_return 2 * x;
}

TEST(Map, ResultsComeInTheOrderOfTheInputs) {
  auto f = []() -> task<> {
    std::vector<int> in(6);
    std::iota(in.begin(), in.end(), 0);
    const std::vector<int> out = co_await tutti::map(in, 3, slow_twice);
    for (int i = 0; i < 6; ++i) EXPECT_EQ(out.at(static_cast<std::size_t>(i)), 2 * i);
    const std::vector<int> none = co_await tutti::map(std::vector<int>(), 3, slow_twice);
    EXPECT_TRUE(none.empty());
  };
  tutti::testing::run_virtual(f());
}

struct meter {
  int now = 0;
  int most = 0;
  int started = 0;
};
task<> metered(meter& m, int) {
  ++m.started;
  m.most = std::max(m.most, ++m.now);
  co_await tutti::sleep(1s);
  --m.now;
}

TEST(ForEach, RunsNoMoreThanThatAtOnceAndReadsNoFurtherAhead) {
  auto f = []() -> task<> {
    meter m;
    int read = 0;
    auto counted = std::views::iota(0, 10) | std::views::transform([&read](int i) {
                     ++read;
                     return i;
                   });
    auto one = [&m](int i) { return metered(m, i); };
    const auto start = tutti::clock::now();
    auto work = tutti::spawn(tutti::for_each(counted, 4, one));
    co_await tutti::sleep(500ms);
    EXPECT_EQ(m.started, 4);
    EXPECT_EQ(read, 4);
    co_await std::move(work);
    EXPECT_EQ(m.most, 4);
    EXPECT_EQ(m.started, 10);
    EXPECT_EQ(tutti::clock::now() - start, 3s);
  };
  tutti::testing::run_virtual(f());
}

TEST(ForEach, TheFirstFailureCancelsTheRest) {
  auto f = []() -> task<> {
    int cancelled = 0;
    auto one = [&cancelled](int i) -> task<> {
      if (i == 1) throw std::out_of_range("one");
      try {
        co_await tutti::sleep(1h);
      } catch (const tutti::cancelled&) {
        ++cancelled;
        throw;
      }
    };
    bool threw = false;
    try {
      co_await tutti::for_each(std::views::iota(0, 100), 3, one);
    } catch (const std::out_of_range&) {
      threw = true;
    }
    EXPECT_TRUE(threw);
    EXPECT_EQ(cancelled, 1) << "the third had not started";
  };
  tutti::testing::run_virtual(f());
}

TEST(ForEach, CancelledItEndsItsCalls) {
  auto f = []() -> task<> {
    meter m;
    auto one = [&m](int i) { return metered(m, i); };
    const auto done =
        co_await tutti::move_on_after(1500ms, tutti::for_each(std::views::iota(0), 2, one));
    EXPECT_FALSE(done);
    EXPECT_EQ(m.started, 4);
    co_await tutti::sleep(10s);
    EXPECT_EQ(m.started, 4);
  };
  tutti::testing::run_virtual(f());
}

TEST(ForEach, ElementsOfAContainerAreNotCopied) {
  auto f = []() -> task<> {
    std::vector<std::unique_ptr<int>> in;
    in.push_back(std::make_unique<int>(1));
    in.push_back(std::make_unique<int>(2));
    int sum = 0;
    auto add = [&sum](std::unique_ptr<int>& p) -> task<> {
      co_await tutti::yield();
      sum += *p;
    };
    co_await tutti::for_each(std::move(in), 2, add);
    EXPECT_EQ(sum, 3);
  };
  tutti::testing::run_virtual(f());
}

TEST(ForEach, ARangeThatIsReadOnceKeepsItsElements) {
  auto f = []() -> task<> {
    std::istringstream text("1 2 3 4");
    auto words = std::ranges::istream_view<int>(text);
    const std::vector<int> out = co_await tutti::map(words, 2, slow_twice);
    EXPECT_EQ(out.size(), 4U);
    EXPECT_EQ(std::accumulate(out.begin(), out.end(), 0), 20);
  };
  tutti::testing::run_virtual(f());
}

TEST(ForEach, AConcurrencyBelowOneSaysSo) {
  EXPECT_THROW((void)tutti::for_each(std::views::iota(0, 3), 0, slow_twice), tutti::error);
  EXPECT_THROW((void)tutti::map(std::views::iota(0, 3), -1, slow_twice), tutti::error);
}

TEST(Map, OnAPoolTheCallsRunInParallel) {
  tutti::thread_pool pool{{.threads = 3}};
  auto square = [](int x) -> task<int> {
    co_await tutti::yield();
    co_return x* x;
  };
  auto f = [](tutti::thread_pool& p, auto fn) -> task<long> {
    const std::vector<int> out =
        co_await tutti::on(p, tutti::map(std::views::iota(0, 1000), 8, fn));
    co_return std::accumulate(out.begin(), out.end(), 0L);
  };
  EXPECT_EQ(tutti::run(f(pool, square)), 332'833'500L);
}

}  // namespace
