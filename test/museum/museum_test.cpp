// Every bug is found, replays 100 times out of 100 and shrinks; every corrected twin passes.
#include "museum.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

namespace museum {

std::vector<exhibit>& exhibits() {
  static std::vector<exhibit> all;
  return all;
}

namespace {

constexpr std::size_t choices_max =
    4;  // departures that a shrunk schedule of these small bugs may need

constexpr std::uint64_t schedules = 10'000;

lab::options conditions(const exhibit& e) {
  return {.schedules = schedules, .steps_max = 5'000, .weak_memory = e.weak_memory};
}

class museum_test : public ::testing::TestWithParam<exhibit> {};

TEST_P(museum_test, the_bug_is_found_replayed_and_shrunk) {
  const exhibit& e = GetParam();
  try {
    lab::explore(conditions(e), e.bug);
    FAIL() << "not found";
  } catch (const lab::failure& f) {
    const std::string text = f.what();
    EXPECT_NE(text.find(e.verdict), std::string::npos) << text;
    const std::string& choices = f.schedule();
    const auto departures =
        static_cast<std::size_t>(std::count(choices.begin(), choices.end(), '>'));
    EXPECT_LE(departures, choices_max) << text;
    for (int i = 0; i < 100; ++i) {
      try {
        lab::replay(text, e.bug, conditions(e));
        FAIL() << "replay " << i << " passed";
      } catch (const lab::failure& again) {
        ASSERT_EQ(again.what(), text);
      }
    }
  }
}

TEST_P(museum_test, the_corrected_twin_passes) {
  const exhibit& e = GetParam();
  EXPECT_EQ(lab::explore(conditions(e), e.sound).schedules, schedules);
}

/// From the names of the strands to the verdict.
std::string lanes_of(const std::string& text) {
  const std::size_t begin = text.find('\n') + 1;
  return text.substr(begin, text.find('\n', text.find("\n  => ") + 1) - begin);
}

/// docs/guide/testing.md shows how the commonest bugs look.
TEST(museum_guide, shows_the_lanes_as_they_are) {
  const char* const path = std::getenv("TUTTI_GUIDE");
  if (path == nullptr) GTEST_SKIP() << "ctest says in TUTTI_GUIDE where the page is";
  std::ifstream page(path);
  const std::string guide{std::istreambuf_iterator<char>(page), {}};
  ASSERT_FALSE(guide.empty());
  const std::set<std::string_view> commonest{"lost_update", "abba", "lost_wakeup",
                                             "stop_during_start", "producer_closes_early"};
  for (const exhibit& e : exhibits()) {
    if (commonest.count(e.name) == 0) continue;
    try {
      lab::explore(conditions(e), e.bug);
      ADD_FAILURE() << e.name;
    } catch (const lab::failure& f) {
      EXPECT_NE(guide.find(lanes_of(f.what())), std::string::npos) << e.name << '\n' << f.what();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(all, museum_test, ::testing::ValuesIn(exhibits()),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace museum
