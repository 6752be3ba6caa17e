#include <tutti/core/executor.hpp>

#include <gtest/gtest.h>

#include <ranges>
#include <vector>

#include <tutti/core/as_completed.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/core/wait_futures.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/thread/thread_pool.hpp>

using namespace std::chrono_literals;

namespace {

int square(int x) { return x * x; }
tutti::task<int> doubled(int x) {
  co_await tutti::yield();
  co_return 2 * x;
}
template <class S>
std::vector<int> all_of(S s) {
  std::vector<int> out;
  for (auto&& x : s) out.push_back(x);
  return out;
}

TEST(Imap, GivesResultsInOrder) {
  tutti::thread_pool pool{{.threads = 3}};
  std::vector<int> expected;
  for (int i = 0; i < 100; ++i) expected.push_back(i * i);
  EXPECT_EQ(all_of(pool.imap(square, std::views::iota(0, 100))), expected);
  EXPECT_EQ(all_of(pool.imap(square, std::views::iota(0, 100), {.chunk = 7})), expected);
  auto any = all_of(pool.imap_unordered(square, std::views::iota(0, 100)));
  std::sort(any.begin(), any.end());
  EXPECT_EQ(any, expected);
  EXPECT_EQ(all_of(pool.imap(doubled, std::vector{1, 2})), (std::vector{2, 4}));
}

TEST(Imap, ReadsABoundedNumberAhead) {
  tutti::thread_pool pool{{.threads = 1}};
  int read = 0;
  auto counted = std::views::iota(0) | std::views::transform([&](int i) { return ++read, i; });
  auto s = pool.imap(square, counted);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(s.next(), i * i);
  EXPECT_LE(read, 10 + 4);
}

TEST(Imap, AFailedItemThrowsAndTheRestCanBeRead) {
  tutti::thread_pool pool{{.threads = 2}};
  auto f = [](int i) {
    if (i == 1) throw std::out_of_range("one");
    return i;
  };
  for (std::size_t chunk : {1U, 3U}) {
    auto s = pool.imap(f, std::vector{0, 1, 2}, {.chunk = chunk});
    EXPECT_EQ(s.next(), 0);
    EXPECT_THROW(s.next(), std::out_of_range);
    EXPECT_EQ(s.next(), 2);
    EXPECT_EQ(s.next(), std::nullopt);
    EXPECT_EQ(s.next(), std::nullopt);
  }
}

TEST(Imap, ACancelledAsyncNextLosesNoItem) {
  tutti::thread_pool pool{{.threads = 1}};
  tutti::promise<int> p;
  auto shared = p.get_future().share();
  auto main = [](tutti::thread_pool& ex, tutti::shared_future<int> f,
                 tutti::promise<int>& set) -> tutti::task<> {
    auto wait_for_it = [f](int) -> tutti::task<int> { co_return co_await f; };
    auto s = ex.imap(wait_for_it, std::vector{0});
    try {
      co_await tutti::timeout(1ms, s.async_next());
      ADD_FAILURE();
    } catch (const tutti::timeout_error&) {
    }
    set.set_value(7);
    auto got = co_await s.async_next();
    EXPECT_EQ(got, 7);
    got = co_await s.async_next();
    EXPECT_FALSE(got.has_value());
  };
  tutti::run(main(pool, shared, p));
}

TEST(Imap, VoidGivesMonostate) {
  tutti::thread_pool pool{{.threads = 1}};
  tutti::stream<std::monostate> s = pool.imap([](int) {}, std::vector{1, 2});
  EXPECT_TRUE(s.next().has_value());
  EXPECT_TRUE(s.next().has_value());
  EXPECT_FALSE(s.next().has_value());
}

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

}  // namespace
