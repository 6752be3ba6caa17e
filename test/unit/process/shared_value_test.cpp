#include <tutti/process/shared_value.hpp>

#include <gtest/gtest.h>

#include <tutti/process/process_pool.hpp>

namespace {

using tutti::shared_value;

void add(shared_value<long> v, int times) {
  for (int i = 0; i < times; ++i) v.with([](long& x) { ++x; });
}

TEST(shared_value, everybody_changes_the_same_one) {
  tutti::process_pool pool{{.workers = 2}};
  shared_value<long> v{5};
  auto a = pool.submit(add, v, 10000);
  auto b = pool.submit(add, v, 10000);
  a.get();
  b.get();
  EXPECT_EQ(v.load(), 20005);
  v.store(1);
  EXPECT_EQ(v.with([](long& x) { return x + 1; }), 2);
}

}  // namespace
