#include <tutti/thread/parallel.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include <tutti/core/context.hpp>
#include <tutti/core/hook.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/sync/event.hpp>

using namespace std::chrono_literals;

namespace {

class Parallel : public testing::Test {
 protected:
  tutti::thread_pool pool{{.threads = 3}};
  std::vector<int> numbers(int n) {
    std::vector<int> v(static_cast<std::size_t>(n));
    std::iota(v.begin(), v.end(), 0);
    return v;
  }
};

TEST_F(Parallel, ForVisitsEachOnce) {
  std::vector<int> seen(1000);
  tutti::parallel_for(pool, 0, 1000, [&](int i) { ++seen[static_cast<std::size_t>(i)]; });
  tutti::parallel_for(pool, seen.begin(), seen.end(), [](int& x) { ++x; }, 64);
  tutti::parallel_for(pool, seen, [](int& x) { ++x; });
  EXPECT_EQ(seen, std::vector<int>(1000, 3));
  tutti::parallel_for(pool, 5, 5, [](int) { ADD_FAILURE(); });
  tutti::parallel_for(pool, 5, 2, [](int) { ADD_FAILURE(); });
}

TEST_F(Parallel, ReduceKeepsTheOrder) {
  std::vector<std::string> words(200);
  std::string expected = "<";
  for (std::size_t i = 0; i < words.size(); ++i) expected += words[i] = std::to_string(i);
  EXPECT_EQ(tutti::parallel_reduce(pool, words, std::string("<"), std::plus<>{}), expected);
  EXPECT_EQ(tutti::parallel_reduce(pool, std::vector<int>{}, 7, std::plus<>{}), 7);
}

TEST_F(Parallel, MapKeepsTheOrder) {
  const auto v = numbers(500);
  const auto text = tutti::parallel_map(pool, v, [](int x) { return std::to_string(x); });
  ASSERT_EQ(text.size(), 500U);
  EXPECT_EQ(text[499], "499");
  EXPECT_EQ(tutti::parallel_map(pool, numbers(3), [](int x) { return x > 1; }),
            (std::vector{false, false, true}));
}

TEST_F(Parallel, InvokeGivesATuple) {
  auto [a, b] = tutti::parallel_invoke(pool, [] { return 1; }, [] {});
  EXPECT_EQ(a, 1);
  EXPECT_EQ(b, std::monostate());
}

TEST_F(Parallel, SortSmallAndLarge) {
  for (int n : {0, 1, 2, 100, 5000, 20001}) {
    auto v = numbers(n);
    for (std::size_t i = 0; i < v.size(); ++i) v[i] = (v[i] * 7919) % 1009;
    auto expected = v;
    std::sort(expected.begin(), expected.end());
    tutti::parallel_sort(pool, v);
    EXPECT_EQ(v, expected) << n;
    tutti::parallel_sort(pool, v, std::greater<>{});
    EXPECT_TRUE(std::is_sorted(v.rbegin(), v.rend()));
  }
}

TEST_F(Parallel, ASortThatFailsRethrows) {
  auto v = numbers(10000);
  tutti::sys::atomic<int> left{20000};
  auto cmp = [&](int a, int b) {
    if (left.fetch_sub(1, tutti::sys::relaxed) == 0) throw std::out_of_range("cmp");
    return a > b;
  };
  EXPECT_THROW(tutti::parallel_sort(pool, v, cmp), std::out_of_range);
}

TEST_F(Parallel, TheFirstFailureIsRethrown) {
  tutti::thread_pool one{{.threads = 1}};
  int calls = 0;
  const auto f = [&](int i) {
    ++calls;
    if (i == 3) throw std::out_of_range("three");
  };
  EXPECT_THROW(tutti::parallel_for(one, 0, 100, f, 1), std::out_of_range);
  EXPECT_EQ(calls, 4);
}

int fib(tutti::thread_pool& pool, int n) {
  if (n < 2) return n;
  auto [a, b] = tutti::parallel_invoke(
      pool, [&] { return fib(pool, n - 1); }, [&] { return fib(pool, n - 2); });
  return a + b;
}

TEST_F(Parallel, WorkersHelpInsteadOfBlocking) {
  EXPECT_EQ(pool.submit([&] { return fib(pool, 12); }).get(), 144);
  tutti::thread_pool one{{.threads = 1}};
  EXPECT_EQ(one.submit([&] { return fib(one, 10); }).get(), 55);
}

TEST_F(Parallel, AnIdleWorkerTakesAForkOfABranchThatNeverForksAgain) {
  tutti::event taken;
  pool.submit([&] { tutti::parallel_invoke(pool, [&] { taken.wait(); }, [&] { taken.set(); }); })
      .get();
}

TEST_F(Parallel, AFailureInABranchSkipsWhatHasNotStartedAndIsThrownAfterTheJoin) {
  tutti::thread_pool one{{.threads = 1}};
  bool ran = false;
  auto work = one.submit([&] {
    tutti::parallel_invoke(one, [] { throw std::out_of_range("first"); }, [&] { ran = true; });
  });
  EXPECT_THROW(work.get(), std::out_of_range);
  EXPECT_FALSE(ran);
}

TEST_F(Parallel, FourBranchesGiveTheirResultsInOrder) {
  auto work = pool.submit([&] {
    return tutti::parallel_invoke(
        pool, [] { return 1; }, [] { return std::string("two"); }, [] {}, [] { return 4.0; });
  });
  const auto [a, b, c, d] = work.get();
  EXPECT_EQ(a, 1);
  EXPECT_EQ(b, "two");
  EXPECT_EQ(d, 4.0);
  (void)c;
}

TEST_F(Parallel, MoreForksThanADequeHoldsAreDoneInPlace) {
  tutti::thread_pool one{{.threads = 1}};
  int depth = 0;
  std::function<void(int)> down = [&](int left) {
    depth = std::max(depth, 5000 - left);
    if (left == 0) return;
    tutti::parallel_invoke(one, [&, left] { down(left - 1); }, [] {});
  };
  one.submit([&] { down(5000); }).get();
  EXPECT_EQ(depth, 5000);
}

TEST_F(Parallel, AStolenBranchHasTheContextOfItsFork) {
  static tutti::context_var<int> level("level", 0);
  tutti::event taken;
  int seen = -1;
  pool.submit([&] {
        auto set = level.set(7);
        tutti::parallel_invoke(
            pool, [&] { taken.wait(); },
            [&] {
              seen = level.get();
              taken.set();
            });
      })
      .get();
  EXPECT_EQ(seen, 7);
}

TEST_F(Parallel, ABranchMayWaitForWorkItSubmits) {
  tutti::thread_pool one{{.threads = 1}};
  auto work = one.submit([&] {
    auto [a, b] = tutti::parallel_invoke(
        one, [&] { return one.submit([] { return 1; }).get(); },
        [&] { return one.submit([] { return 2; }).get(); });
    return a + b;
  });
  EXPECT_EQ(work.get(), 3);
}

TEST_F(Parallel, OnALoopOnlyTheAwaitedForms) {
  auto main = [](tutti::thread_pool& p, std::vector<int> v) -> tutti::task<> {
    EXPECT_THROW(tutti::parallel_for(p, v, [](int) {}), tutti::blocking_call);
    auto bump = [](int& x) { ++x; };
    co_await tutti::async_parallel_for(p, v, bump);
    EXPECT_EQ(v[9], 10);
    const int sum =
        co_await tutti::async_parallel_reduce(p, std::vector<int>(3, 2), 0, std::plus<>{});
    EXPECT_EQ(sum, 6);
    co_await tutti::async_parallel_sort(p, v, std::greater<>{});
    EXPECT_EQ(v[0], 10);
    auto fails = [](int) { throw std::out_of_range("no"); };
    auto one = [] { return 1; };
    auto nothing = [] {};
    try {
      co_await tutti::async_parallel_for(p, 0, 10, fails, 10);
      ADD_FAILURE();
    } catch (const std::out_of_range&) {
    }
    auto got = co_await tutti::async_parallel_invoke(p, one, nothing);
    EXPECT_EQ(std::get<0>(got), 1);
  };
  tutti::run(main(pool, numbers(10)));
}

TEST_F(Parallel, CancelledBetweenThePieces) {
  auto main = [](tutti::thread_pool& p) -> tutti::task<> {
    auto endless = [](int) { tutti::clock::now(); };
    for (;;) co_await tutti::async_parallel_for(p, 0, 100, endless, 1);
  };
  EXPECT_THROW(tutti::run(tutti::timeout(2ms, main(pool))), tutti::timeout_error);
}

TEST_F(Parallel, ACancelledCallerWaitsForThePiecesThatRun) {
  auto main = [](tutti::thread_pool& p) -> tutti::task<> {
    tutti::event begun, go;
    bool ended = false;
    auto piece = [&](int) {
      begun.set();
      while (!go.is_set()) {  // a wait would be cut short by the cancellation
      }
      ended = true;
    };
    auto work = tutti::spawn(tutti::async_parallel_for(p, 0, 1, piece, 1));
    co_await begun.async_wait();
    work.cancel();
    for (int i = 0; i < 5; ++i) co_await tutti::yield();
    EXPECT_FALSE(work.done()) << "the piece still uses the frame of the call";
    go.set();
    try {
      co_await std::move(work);
    } catch (const tutti::error&) {  // the future's own: its work was cancelled
    }
    EXPECT_TRUE(ended);
  };
  tutti::run(main(pool));
}

TEST_F(Parallel, AGrainBeyondTheRange) {
  for (const auto grain :
       {std::size_t{10}, std::size_t{11}, std::numeric_limits<std::size_t>::max()}) {
    tutti::sys::atomic<int> calls{0};
    tutti::parallel_for(pool, 0, 10, [&](int) { calls.fetch_add(1, tutti::sys::relaxed); }, grain);
    EXPECT_EQ(calls.load(tutti::sys::relaxed), 10);
  }
}

TEST_F(Parallel, FromTheLeastIntegerToTheGreatest) {
  tutti::thread_pool one{{.threads = 1}};
  using limits = std::numeric_limits<long long>;
  long long first = 0;
  auto fails = [&](long long i) {
    first = i;
    throw std::out_of_range("enough");
  };
  EXPECT_THROW(tutti::parallel_for(one, limits::min(), limits::max(), fails, 1LL << 60),
               std::out_of_range);
  EXPECT_EQ(first, limits::min());
  std::string word;
  tutti::parallel_for(one, 'a', 'e', [&](char c) { word += c; }, 1);
  EXPECT_EQ(word, "abcd");
}

TEST_F(Parallel, ClosedAfterShutdown) {
  pool.shutdown();
  EXPECT_THROW(tutti::parallel_for(pool, 0, 3, [](int) {}), tutti::closed);
}

}  // namespace
