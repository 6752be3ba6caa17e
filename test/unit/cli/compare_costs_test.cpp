#include <tutti/cli/compare/costs.hpp>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace compare = tutti::cli::compare;

namespace {

std::vector<compare::model_costs> three() {
  return {{"tasks", "waiting", {50e-9, 60e-9, 55e-9}, {1e-7, 1e-7, 1e-7}, {1e-7, 1e-7, 1e-7}},
          {"threads", "computing", {20e-6, 22e-6, 24e-6}, {5e-6, 6e-6, 7e-6}, {1e-6, 1e-6, 1e-6}},
          {"processes", "isolation", {1e-3, 2e-3, 3e-3}, {9e-6, 9e-6, 9e-6}, {1e-6, 1e-6, 1e-6}}};
}

TEST(CompareCosts, TheTableHasARowAModelAndWhatTheySay) {
  const auto text = compare::costs_table(three(), {});
  EXPECT_NE(text.find("tasks       55 ns (50-60)"), std::string::npos) << text;
  EXPECT_NE(text.find("threads     22 us (20-24)"), std::string::npos) << text;
  EXPECT_NE(text.find("processes   2.0 ms (1.0-3.0)"), std::string::npos) << text;
  EXPECT_NE(text.find("to start one of threads costs 400 times as much as one of tasks"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("best for isolation"), std::string::npos);
}

TEST(CompareCosts, RangesThatOverlapAreNoDifference) {
  auto all = three();
  all[2].start = {21e-6, 23e-6, 30e-6};
  EXPECT_NE(compare::costs_table(all, {}).find(
                "to start one of processes costs as much as one of threads"),
            std::string::npos);
}

TEST(CompareCosts, EverythingIsMeasuredAndWritten) {
  const auto all = compare::measure_costs(3);
  ASSERT_EQ(all.size(), 3U);
  for (const auto& m : all) {
    for (const auto* samples : {&m.start, &m.hand_over, &m.message}) {
      ASSERT_EQ(samples->size(), 3U) << m.model;
      for (const double s : *samples) EXPECT_GT(s, 0) << m.model;
    }
  }
  const auto json = nlohmann::json::parse(compare::costs_json(all));
  EXPECT_EQ(json["models"].size(), 3U);
  EXPECT_EQ(json["models"][1]["start_seconds"]["samples"].size(), 3U);
}

}  // namespace
