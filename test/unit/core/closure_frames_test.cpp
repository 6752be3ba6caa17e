// Symptom: a user's closure in a header, or in a unity build, made g++ warn inside our headers of
// the frames that keep it. That this file compiles without a warning is the test.
#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "../../support/every_call.hpp"

namespace tutti {
namespace {

TEST(ClosureFrames, CallablesOfOneFileOnly) {
  const auto all = []() -> task<int> {
    const int got = co_await in_the_background();
    co_await combined();
    co_return got + co_await in_a_group();
  };
  EXPECT_EQ(run(all()), 2);
}

// Symptom: `co_return 0` in a task<std::size_t> warned of a sign inside our header.
task<std::size_t> no_items() { co_return 0; }
task<double> whole_number() { co_return 1; }
task<const char*> nobody() { co_return nullptr; }
async_generator<std::size_t> some_zeros() {
  co_yield 0;
  co_yield 0U;
}
task<std::size_t> sum_of_zeros() {
  std::size_t sum = 0;
  auto zeros = some_zeros();
  while (const auto x = co_await zeros.next()) sum += *x + 1;
  co_return sum;
}
TEST(NumbersAreConverted, WhereTheyAreReturned) {
  EXPECT_EQ(run(no_items()), 0U);
  EXPECT_EQ(run(whole_number()), 1.0);
  EXPECT_EQ(run(nobody()), nullptr);
  EXPECT_EQ(run(sum_of_zeros()), 2U);
  promise<std::size_t> p;
  future<std::size_t> f = p.get_future();
  p.set_value(0);
  EXPECT_EQ(f.get(), 0U);
}
task<std::unique_ptr<int>> moved() {
  auto x = std::make_unique<int>(1);
  co_return x;
}
task<std::pair<int, int>> braced() { co_return {1, 2}; }
TEST(NumbersAreConverted, OthersAsBefore) {
  EXPECT_EQ(*run(moved()), 1);
  EXPECT_EQ(run(braced()).second, 2);
}

}  // namespace
}  // namespace tutti
