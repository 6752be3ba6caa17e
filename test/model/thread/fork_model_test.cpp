#include <gtest/gtest.h>

#include <stdexcept>

#include <tutti/testing/explore.hpp>
#include <tutti/tutti.hpp>

#include "../explorer/budget.hpp"

namespace lab = tutti::testing;

namespace {

int fib(tutti::thread_pool& pool, int n) {
  if (n < 2) return n;
  auto [a, b] = tutti::parallel_invoke(
      pool, [&] { return fib(pool, n - 1); }, [&] { return fib(pool, n - 2); });
  return a + b;
}

TEST(ForkModel, NestedForksAreAllJoined) {
  lab::explore(budget(), [] {
    tutti::thread_pool pool{{.threads = 2}};
    lab::check(pool.submit([&] { return fib(pool, 4); }).get() == 3);
  });
}

/// A worker that goes to sleep while another forks: the fork is not overlooked, or this would be a
/// deadlock.
TEST(ForkModel, AForkWakesAWorkerThatIsAboutToSleep) {
  lab::explore(budget(), [] {
    tutti::thread_pool pool{{.threads = 2}};
    tutti::event taken;
    pool.submit([&] { tutti::parallel_invoke(pool, [&] { taken.wait(); }, [&] { taken.set(); }); })
        .get();
  });
}

TEST(ForkModel, AFailureOnEitherSideIsThrownAfterTheJoin) {
  lab::explore(budget(), [] {
    tutti::thread_pool pool{{.threads = 2}};
    bool left_over = false;
    auto work = pool.submit([&] {
      tutti::parallel_invoke(
          pool, [&] { left_over = true; }, [] { throw std::out_of_range("right"); });
    });
    bool threw = false;
    try {
      work.get();
    } catch (const std::out_of_range&) {
      threw = true;
    }
    lab::check(threw && left_over);
  });
}

tutti::task<int> fib_task(int n) {
  if (n < 2) co_return n;
  auto [a, b] = co_await tutti::gather(fib_task(n - 1), fib_task(n - 2));
  co_return a + b;
}

TEST(ForkModel, GatherOnAPoolIsForkJoin) {
  lab::explore(budget(), [] {
    tutti::thread_pool pool{{.threads = 2}};
    lab::check(pool.submit(fib_task(4)).get() == 3);
  });
}

}  // namespace
