#include <tutti/core/executor.hpp>

#include <gtest/gtest.h>

#include <ranges>
#include <vector>

#include <tutti/core/sleep.hpp>
#include <tutti/core/timeout.hpp>
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

}  // namespace
