#include <tutti/pattern/producer_consumer.hpp>

#include <algorithm>
#include <chrono>
#include <set>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include <tutti/testing/explore.hpp>
#include <tutti/testing/run_virtual.hpp>
#include <tutti/tutti.hpp>

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

async_generator<int> numbers(unsigned producer) {
  for (int i = 0; i < 1000; ++i) {
    if (i % 100 == 0) co_await sleep(1ms);
    co_yield static_cast<int>(producer) * 1000 + i;
  }
}
std::multiset<int> three_thousand() {
  std::multiset<int> all;
  for (int i = 0; i < 3000; ++i) all.insert(i);
  return all;
}

task<> three_and_four() {
  std::multiset<int> used;
  auto use = [&used](int x) -> task<> {
    if (x % 7 == 0) co_await sleep(100us);
    used.insert(x);
  };
  const auto done = co_await producer_consumer(3, 4, numbers, use, {.buffer = 16});
  EXPECT_EQ(done.items, 3000U);
  EXPECT_LE(done.waiting_max, 16U);
  EXPECT_GT(done.waiting_max, 0U);
  EXPECT_EQ(used, three_thousand());
}
TEST(ProducerConsumer, EveryItemIsUsedOnceAndTheBufferIsBounded) {
  lab::run_virtual(three_and_four());
}

task<> on_threads() {
  thread_pool pool{{.threads = 4}};
  guarded<std::multiset<int>> used;
  auto use = [&used](int x) -> task<> {
    co_await used.async_with([x](auto& all) { all.insert(x); });
  };
  co_await on(pool, producer_consumer(3, 4, numbers, use, {.buffer = 3}));
  EXPECT_EQ(used.with([](auto& all) { return all; }), three_thousand());
}
TEST(ProducerConsumer, WorksInParallelOnAPool) { run(on_threads()); }

generator<int> upto(int n) {
  for (int i = 0; i < n; ++i) co_yield i;
}
task<> other_sources() {
  std::vector<int> used;
  auto use = [&used](int x) { used.push_back(x); };
  co_await producer_consumer(
      1, 1, [] { return upto(3); }, use);
  co_await producer_consumer(
      2, 1, [](unsigned i) { return std::vector<int>(2, static_cast<int>(i)); }, use);
  EXPECT_EQ(used.size(), 7U);
  EXPECT_EQ(std::count(used.begin(), used.end(), 1), 3);  // the generator's, and two of producer 1
}
TEST(ProducerConsumer, TakesGeneratorsAndContainers) { lab::run_virtual(other_sources()); }

async_generator<int> breaks(unsigned producer) {
  co_yield 1;
  if (producer == 1) throw std::runtime_error("out of paper");
  co_await sleep(1h);
  co_yield 2;
}
task<> a_producer_fails() {
  const time_point start = clock::now();
  bool threw = false;
  try {
    co_await producer_consumer(2, 2, breaks, [](int) {});
  } catch (const std::runtime_error& e) {
    threw = std::string(e.what()) == "out of paper";
  }
  EXPECT_TRUE(threw);
  EXPECT_EQ(clock::now(), start);
}
TEST(ProducerConsumer, AFailureEndsBothSides) { lab::run_virtual(a_producer_fails()); }

TEST(ProducerConsumer, RefusesAnEmptySide) {
  EXPECT_THROW((void)producer_consumer(0, 1, numbers, [](int) {}), std::invalid_argument);
  EXPECT_THROW((void)producer_consumer(1, -1, numbers, [](int) {}), std::invalid_argument);
}

}  // namespace
}  // namespace tutti
