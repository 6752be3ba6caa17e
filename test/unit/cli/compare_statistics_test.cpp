#include <tutti/cli/compare/statistics.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace compare = tutti::cli::compare;
using compare::place;

namespace {

compare::summary range(double least, double median, double greatest) {
  compare::summary out;
  out.least = least;
  out.median = median;
  out.greatest = greatest;
  return out;
}

TEST(CompareStatistics, MedianRangeAndQuartilesOfAnOddCount) {
  const std::vector<double> samples{5, 1, 4, 2, 3};
  const auto s = compare::summarise(samples);
  EXPECT_DOUBLE_EQ(s.median, 3);
  EXPECT_DOUBLE_EQ(s.least, 1);
  EXPECT_DOUBLE_EQ(s.greatest, 5);
  EXPECT_DOUBLE_EQ(s.lower_quartile, 2);
  EXPECT_DOUBLE_EQ(s.upper_quartile, 4);
  EXPECT_EQ(s.rounds, 5U);
}

TEST(CompareStatistics, AnEvenCountTakesTheMiddleOfTheTwo) {
  const std::vector<double> samples{1, 2, 3, 10};
  const auto s = compare::summarise(samples);
  EXPECT_DOUBLE_EQ(s.median, 2.5);
  EXPECT_DOUBLE_EQ(s.lower_quartile, 1.75);
  EXPECT_DOUBLE_EQ(s.upper_quartile, 4.75);
}

TEST(CompareStatistics, NoSamplesAndOneSample) {
  EXPECT_EQ(compare::summarise({}).rounds, 0U);
  const std::vector<double> one{7};
  EXPECT_DOUBLE_EQ(compare::summarise(one).median, 7);
  EXPECT_DOUBLE_EQ(compare::summarise(one).upper_quartile, 7);
}

TEST(CompareStatistics, RangesThatTouchOverlap) {
  EXPECT_TRUE(compare::overlap(range(1, 2, 3), range(3, 4, 5)));
  EXPECT_TRUE(compare::overlap(range(3, 4, 5), range(1, 2, 3)));
  EXPECT_TRUE(compare::overlap(range(1, 5, 9), range(4, 5, 6)));
  EXPECT_FALSE(compare::overlap(range(1, 2, 2.9), range(3, 4, 5)));
}

TEST(CompareStatistics, WhoOverlapsTheLeaderTiesForFirst) {
  const std::vector<compare::summary> models{range(3.32, 3.43, 3.54),   range(0.41, 0.48, 0.58),
                                             range(0.42, 0.44, 0.54),   range(0.44, 0.44, 0.45),
                                             range(0.11, 0.11, 0.12),   range(0.031, 0.040, 0.054),
                                             range(0.031, 0.034, 0.037)};
  const auto got = compare::places(models);
  const std::vector<place> want{place::behind,       place::tie,    place::tie,
                                place::tie,          place::behind, place::tie_for_first,
                                place::tie_for_first};
  EXPECT_EQ(got, want);
}

TEST(CompareStatistics, ALoneLeaderIsFirstAndALoneModelIsNothing) {
  const std::vector<compare::summary> two{range(2, 3, 4), range(0.5, 1, 1.5)};
  EXPECT_EQ(compare::places(two), (std::vector<place>{place::behind, place::first}));
  const std::vector<compare::summary> one{range(2, 3, 4)};
  EXPECT_EQ(compare::places(one), std::vector<place>{place::behind});
  EXPECT_TRUE(compare::places({}).empty());
}

TEST(CompareStatistics, RotationRunsEachModelOnceAndEachModelFirstInTurn) {
  std::set<std::size_t> firsts;
  for (std::size_t round = 0; round < 5; ++round) {
    auto order = compare::rotation(round, 5);
    firsts.insert(order.front());
    std::sort(order.begin(), order.end());
    std::vector<std::size_t> all(5);
    std::iota(all.begin(), all.end(), std::size_t{0});
    EXPECT_EQ(order, all);
  }
  EXPECT_EQ(firsts.size(), 5U);
  EXPECT_TRUE(compare::rotation(3, 0).empty());
}

TEST(CompareStatistics, GreatestOverlapCountsWhoIsThereAtOneInstant) {
  const std::vector<compare::interval> chain{{0, 10}, {10, 20}, {20, 30}};
  EXPECT_EQ(compare::greatest_overlap(chain), 1U);
  const std::vector<compare::interval> nested{{0, 100}, {10, 20}, {15, 40}, {20, 50}, {99, 200}};
  EXPECT_EQ(compare::greatest_overlap(nested), 3U);
  const std::vector<compare::interval> broken{{5, 5}, {9, 3}};
  EXPECT_EQ(compare::greatest_overlap(broken), 0U);
  EXPECT_EQ(compare::greatest_overlap({}), 0U);
}

}  // namespace
