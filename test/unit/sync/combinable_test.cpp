#include <tutti/sync/combinable.hpp>

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace {

TEST(Combinable, AddsUpWhatThreadsCounted) {
  tutti::combinable<int> sum;
  EXPECT_EQ(sum.combine(std::plus<>{}), 0);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) ++sum.local();
    });
  }
  for (auto& t : threads) t.join();
  EXPECT_EQ(sum.statistics().threads, 4U);
  EXPECT_EQ(sum.combine(std::plus<>{}), 4000);
  int most = 0;
  sum.for_each([&](int n) { most = std::max(most, n); });
  EXPECT_EQ(most, 1000);
  sum.clear();
  EXPECT_EQ(sum.combine(std::plus<>{}), 0);
}

TEST(Combinable, BeginsWithWhatItIsTold) {
  tutti::combinable<int> product([] { return 1; });
  EXPECT_EQ(product.combine(std::multiplies<>{}), 1);
  product.local() *= 6;
  EXPECT_EQ(product.local(), 6);
  EXPECT_EQ(product.combine(std::multiplies<>{}), 6);
}

}  // namespace
