#include <tutti/core/generator.hpp>

#include <chrono>
#include <memory>
#include <ranges>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <tutti/base/clock.hpp>
#include <tutti/core/gather.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/testing/run_virtual.hpp>

namespace {

using namespace std::chrono_literals;
using tutti::async_generator;
using tutti::generator;
using tutti::task;

generator<int> numbers(int n, int* ended = nullptr) {
  struct told {
    int* flag;
    ~told() {
      if (flag != nullptr) ++*flag;
    }
  } const at_end{ended};
  for (int i = 0; i < n; ++i) co_yield i;
}

TEST(Generator, IsAnInputRange) {
  static_assert(std::ranges::input_range<generator<int>>);
  static_assert(!std::is_copy_constructible_v<generator<int>>);
  std::vector<int> read;
  for (int x : numbers(4) | std::views::transform([](int x) { return x * x; })) read.push_back(x);
  EXPECT_EQ(read, (std::vector{0, 1, 4, 9}));
  for (int x : numbers(0)) ADD_FAILURE() << x;
}

TEST(Generator, RunsNothingBeforeBegin) {
  int ended = 0;
  {
    auto g = numbers(3, &ended);
    EXPECT_EQ(ended, 0);
  }
  EXPECT_EQ(ended, 0) << "it never began";
}

TEST(Generator, DroppedInTheMiddleItDestroysWhatItHolds) {
  int ended = 0;
  {
    auto g = numbers(3, &ended);
    EXPECT_EQ(*g.begin(), 0);
  }
  EXPECT_EQ(ended, 1);
}

TEST(Generator, AnExceptionComesOutOfTheIteration) {
  auto fails = []() -> generator<int> {
    co_yield 1;
    throw std::out_of_range("second");
  };
  auto g = fails();
  auto it = g.begin();
  EXPECT_EQ(*it, 1);
  EXPECT_THROW(++it, std::out_of_range);
  EXPECT_TRUE(it == g.end());
}

TEST(Generator, ValuesMoveOutAndLvaluesAreCopied) {
  auto owners = []() -> generator<std::unique_ptr<int>> {
    co_yield std::make_unique<int>(1);
    auto p = std::make_unique<int>(2);
    co_yield std::move(p);
  };
  int sum = 0;
  for (auto& p : owners()) sum += *std::exchange(p, nullptr);
  EXPECT_EQ(sum, 3);
  auto text = []() -> generator<std::string> {
    const std::string kept = "kept";
    co_yield kept;
    co_yield kept;
  };
  for (std::string& s : text()) {
    EXPECT_EQ(s, "kept");
    s.clear();
  }
}

async_generator<int> ticks(int n) {
  for (int i = 0; i < n; ++i) {
    co_await tutti::sleep(1s);
    co_yield i;
  }
}

TEST(AsyncGenerator, WaitsBetweenItsValues) {
  auto f = []() -> task<> {
    const auto start = tutti::clock::now();
    auto g = ticks(3);
    std::vector<int> read;
    while (auto x = co_await g.next()) read.push_back(*x);
    EXPECT_EQ(read, (std::vector{0, 1, 2}));
    EXPECT_EQ(tutti::clock::now() - start, 3s);
    auto after = co_await g.next();
    EXPECT_FALSE(after.has_value()) << "the end is the end";
  };
  tutti::testing::run_virtual(f());
}

TEST(AsyncGenerator, AnErrorIsThrownOnceAndEndsIt) {
  auto fails = []() -> async_generator<int> {
    co_yield 1;
    co_await tutti::yield();
    throw std::out_of_range("second");
  };
  auto f = [](auto make) -> task<> {
    auto g = make();
    auto first = co_await g.next();
    EXPECT_EQ(first, 1);
    bool threw = false;
    try {
      co_await g.next();
    } catch (const std::out_of_range&) {
      threw = true;
    }
    EXPECT_TRUE(threw);
    auto after = co_await g.next();
    EXPECT_FALSE(after.has_value());
  };
  tutti::testing::run_virtual(f(fails));
}

TEST(AsyncGenerator, ACancelledNextEndsIt) {
  auto f = []() -> task<> {
    auto g = ticks(2);
    auto none = co_await tutti::move_on_after(500ms, g.next());
    EXPECT_FALSE(none.has_value());
    auto after = co_await g.next();
    EXPECT_FALSE(after.has_value());
  };
  tutti::testing::run_virtual(f());
}

TEST(AsyncGenerator, SeveralRunInterleaved) {
  auto sum = [](async_generator<int> g) -> task<int> {
    int total = 0;
    while (auto x = co_await g.next()) total += *x;
    co_return total;
  };
  auto f = [](auto add) -> task<> {
    const auto start = tutti::clock::now();
    auto [a, b] = co_await tutti::gather(add(ticks(3)), add(ticks(4)));
    EXPECT_EQ(a + b, 9);
    EXPECT_EQ(tutti::clock::now() - start, 4s);
  };
  tutti::testing::run_virtual(f(sum));
}

TEST(AsyncGenerator, ALongOneNeedsNoStack) {
  auto many = []() -> async_generator<int> {
    for (int i = 0; i < 200'000; ++i) co_yield i;
  };
  auto f = [](auto make) -> task<long> {
    long total = 0;
    auto g = make();
    while (auto x = co_await g.next()) total += *x;
    co_return total;
  };
  EXPECT_EQ(tutti::testing::run_virtual(f(many)), 199'999L * 100'000L);
}

}  // namespace
