#include <tutti/process/shared_array.hpp>

#include <gtest/gtest.h>

#include <numeric>
#include <stdexcept>

#include <tutti/process/process_pool.hpp>

namespace {

using tutti::shared_array;

void fill(shared_array<int> a, int value) {
  for (int& x : a.span()) x = value;
}

TEST(shared_array, parent_and_workers_see_the_same_memory) {
  tutti::process_pool pool{{.workers = 2}};
  shared_array<int> a{100000};
  EXPECT_EQ(a[99999], 0);
  for (int round = 1; round < 5; ++round) {
    pool.submit(fill, a, round).get();
    EXPECT_EQ(a[0] + a[99999], 2 * round);
  }
  pool.submit(fill, a.slice(10, 5), 77).get();
  EXPECT_EQ(std::accumulate(a.begin(), a.end(), 0), 4 * (100000 - 5) + 77 * 5);
  EXPECT_THROW(a.slice(99999, 2), std::out_of_range);
}

TEST(shared_array, can_be_a_result_and_outlive_its_worker) {
  shared_array<double> made{1};
  {
    tutti::process_pool pool{{.workers = 1}};
    const auto make = [](int n) {
      shared_array<double> a{static_cast<std::size_t>(n)};
      a[3] = 1.5;
      return a;
    };
    made = pool.submit(make, 10).get();
  }
  EXPECT_EQ(made.size(), 10U);
  EXPECT_EQ(made[3], 1.5);
}

TEST(shared_array, many_arrays_come_and_go) {
  tutti::process_pool pool{{.workers = 1}};
  for (int i = 0; i < 100; ++i) {
    shared_array<int> a{1000};
    pool.submit(fill, a, i).get();
    ASSERT_EQ(a[500], i);
  }
}

}  // namespace
