// Every bug is found, replays 100 times out of 100 and shrinks; every corrected twin passes.
#include "museum.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace museum {

std::vector<exhibit>& exhibits() {
  static std::vector<exhibit> all;
  return all;
}

namespace {

constexpr std::size_t choices_max =
    6;  // departures that a shrunk schedule of these small bugs may need

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
        ASSERT_EQ(again.schedule(), choices);
      }
    }
  }
}

TEST_P(museum_test, the_corrected_twin_passes) {
  const exhibit& e = GetParam();
  EXPECT_EQ(lab::explore(conditions(e), e.sound).schedules, schedules);
}

INSTANTIATE_TEST_SUITE_P(all, museum_test, ::testing::ValuesIn(exhibits()),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace museum
