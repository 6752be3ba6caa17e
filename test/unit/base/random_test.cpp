#include <tutti/base/random.hpp>

#include <array>

#include <gtest/gtest.h>

namespace {

using tutti::detail::random;

TEST(Random, IsDeterministicFromItsSeed) {
  random a(42), b(42), c(43);
  const auto first = a.next();
  EXPECT_EQ(first, b.next());
  EXPECT_NE(first, c.next());
  // The published first output of SplitMix64 for seed 0.
  EXPECT_EQ(random(0).next(), 0xe220a8397b1dcdafU);
}

TEST(Random, BelowStaysBelowAndReachesAll) {
  random r(1);
  std::array<int, 5> seen{};
  for (int i = 0; i < 1000; ++i) ++seen.at(static_cast<std::size_t>(r.below(5)));
  for (int n : seen) EXPECT_GT(n, 100);
  EXPECT_EQ(r.below(0), 0U);
  for (int i = 0; i < 100; ++i) {
    const double u = r.unit();
    EXPECT_GE(u, 0.0);
    EXPECT_LT(u, 1.0);
  }
}

TEST(Random, SplitGivesAnotherStream) {
  random r(9);
  random s = r.split();
  EXPECT_NE(r.next(), s.next());
}

}  // namespace
