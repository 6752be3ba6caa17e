#include <tutti/cli/compare/present.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include <nlohmann/json.hpp>

#include <tutti/cli/compare/effective_cores.hpp>
#include <tutti/cli/compare/reading.hpp>

namespace compare = tutti::cli::compare;

namespace {

compare::row row(const std::string& model, unsigned workers, std::vector<double> samples,
                 double cpu, std::size_t in_flight) {
  compare::row r;
  r.model = model;
  r.note = "how " + model + " works";
  r.workers = workers;
  r.samples = std::move(samples);
  r.seconds = compare::summarise(r.samples);
  r.cpu.median = cpu;
  r.peak_bytes = (8 + workers) << 20U;
  r.in_flight = in_flight;
  return r;
}

void rank(compare::comparison& c) {
  std::vector<compare::summary> all;
  for (const auto& r : c.rows) all.push_back(r.seconds);
  const auto places = compare::places(all);
  for (std::size_t i = 0; i < places.size(); ++i) c.rows[i].standing = places[i];
}

compare::comparison fetches() {
  compare::comparison c;
  c.workload = "fetch";
  c.title = "160 fetches, 20 ms each";
  c.items = 160;
  c.rounds = 3;
  c.effective_cores = 1.9;
  c.cpus_seen = 2;
  c.rows = {row("sequential", 1, {3.32, 3.43, 3.54}, 0.02, 1),
            row("processes", 8, {0.41, 0.48, 0.58}, 0.02, 8),
            row("threads", 8, {0.42, 0.44, 0.54}, 0.01, 8),
            row("coroutines", 8, {0.44, 0.44, 0.45}, 0.01, 8),
            row("threads", 160, {0.031, 0.040, 0.054}, 0.02, 160),
            row("coroutines", 160, {0.031, 0.034, 0.037}, 0.01, 160)};
  rank(c);
  c.reading = compare::read_comparison(c);
  return c;
}

compare::comparison crunches(double cores, double best) {
  compare::comparison c;
  c.workload = "crunch";
  c.effective_cores = cores;
  c.rows = {row("sequential", 1, {0.50, 0.51, 0.52}, 0.5, 1),
            row("coroutines", 2, {0.50, 0.51, 0.53}, 0.5, 1),
            row("threads", 2, {best - 0.01, best, best + 0.01}, 0.5, 2),
            row("processes", 2, {best - 0.01, best + 0.005, best + 0.02}, 0.5, 2)};
  rank(c);
  return c;
}

TEST(CompareTable, ShowsBarsRangesAndTies) {
  tutti::cli::screen wide;
  wide.columns = 140;
  const auto text = compare::as_table(fetches(), wide);
  const std::string want =
      "  160 fetches, 20 ms each\n\n"
      "                                                             median        range      CPU   "
      "memory  in flight\n"
      "  sequential      ########################################   3.43 s  3.32 - 3.54  20.0 ms  "
      "9.0 MiB          1\n";
  EXPECT_EQ(text.substr(0, want.size()), want) << text;
  EXPECT_NE(text.find("  410 - 580  20.0 ms   16 MiB          8  tie\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("31.0 - 37.0  10.0 ms  168 MiB        160  tie for first\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("reading   what counts is how many wait at once, not which model: 8 is 8 in "
                      "all three and "
                      "160 is 160 in both"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("1.9 CPUs effective, 2 seen; 3 rounds"), std::string::npos) << text;
}

TEST(CompareTable, FitsANarrowTerminal) {
  tutti::cli::screen narrow;
  narrow.columns = 80;
  const auto text = compare::as_table(fetches(), narrow);
  EXPECT_NE(text.find("sequential      ########  "), std::string::npos) << text;
}

TEST(CompareTable, ADisagreementShowsNoTiming) {
  auto c = fetches();
  c.disagreement = "a.txt: sequential gave 3 bytes, threads gave 4";
  const auto text = compare::as_table(c, {});
  EXPECT_NE(text.find("a.txt: sequential gave 3 bytes"), std::string::npos);
  EXPECT_EQ(text.find("3.43"), std::string::npos);
  EXPECT_EQ(compare::as_html(std::vector{c}).find("3.43"), std::string::npos);
  EXPECT_EQ(compare::as_json(std::vector{c}).find("3.43"), std::string::npos);
}

TEST(CompareTable, FailuresAndRefusalsAreShown) {
  auto c = fetches();
  c.rows[1].failures = 3;
  c.rows[2].refused = "no more threads";
  c.rows[2].samples.clear();
  c.problems = {"a.txt: its worker was killed by signal 9"};
  tutti::cli::screen wide;
  wide.columns = 140;
  const auto text = compare::as_table(c, wide);
  EXPECT_NE(text.find("failed"), std::string::npos);
  EXPECT_NE(text.find("could not run"), std::string::npos);
  EXPECT_NE(text.find("threads 8 could not run: no more threads"), std::string::npos);
  EXPECT_NE(text.find("killed by signal 9"), std::string::npos);
}

TEST(CompareJson, HoldsEveryFigureAndSurvivesBrokenText) {
  auto c = fetches();
  c.problems = {"bad \xff byte"};
  const auto got = nlohmann::json::parse(compare::as_json(std::vector{c}));
  EXPECT_EQ(got["tool"], "tutti compare");
  const auto& one = got["comparisons"][0];
  EXPECT_EQ(one["results_equal"], true);
  EXPECT_EQ(one["models"].size(), 6U);
  EXPECT_EQ(one["models"][1]["standing"], "tie");
  EXPECT_DOUBLE_EQ(one["models"][0]["seconds"]["median"].get<double>(), 3.43);
  EXPECT_EQ(one["models"][0]["samples"].size(), 3U);
  EXPECT_EQ(one["reading"].size(), c.reading.size());
}

TEST(CompareHtml, IsOnePageThatFetchesNothingAndEscapes) {
  auto c = fetches();
  c.title = "<script>alert(1)</script>";
  const auto page = compare::as_html(std::vector{c, crunches(1.9, 0.26)});
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find("src="), std::string::npos);
  EXPECT_EQ(page.find("href="), std::string::npos);
  EXPECT_NE(page.find("<svg"), std::string::npos);
  EXPECT_NE(page.find("tie for first"), std::string::npos);
  if (const char* keep = std::getenv("TUTTI_KEEP_REPORT")) {  // for looking at it in a browser
    auto good = fetches();
    std::ofstream(keep) << compare::as_html(std::vector{good, crunches(1.9, 0.26)});
  }
}

TEST(CompareReading, OneCpuMeansNoModelCanHelp) {
  const auto got = compare::read_comparison(crunches(1.0, 0.50));
  EXPECT_EQ(got.front(), "no model can help: this machine is giving you 1.0 CPU");
}

TEST(CompareReading, CoresCountForComputing) {
  const auto got = compare::read_comparison(crunches(1.9, 0.26));
  ASSERT_EQ(got.size(), 3U);
  EXPECT_EQ(got[0],
            "cores are what counts: threads were 2.0 times as fast as sequential, and this machine "
            "gives 1.9 CPUs");
  EXPECT_EQ(got[1],
            "one event loop computes no faster than plain code: coroutines overlap waiting, not "
            "computing");
  EXPECT_EQ(got[2],
            "threads and processes tie: C++ has no interpreter lock, so processes buy isolation, "
            "not speed");
}

TEST(CompareReading, DifferentModelsAtOneWidthAreNamedWithFigures) {
  compare::comparison c;
  c.workload = "fetch";
  c.rows = {row("sequential", 1, {3, 3, 3}, 0, 1), row("threads", 64, {0.2, 0.2, 0.2}, 0, 64),
            row("coroutines", 64, {0.1, 0.1, 0.1}, 0, 64)};
  rank(c);
  const auto got = compare::read_comparison(c);
  EXPECT_EQ(got.front(), "with 64 at once coroutines took 100 ms, threads 200 ms (2.0 times)");
}

TEST(CompareReading, MoreAtOnceIsHeldAgainstAnotherModel) {
  compare::comparison c;
  c.workload = "fetch";
  c.rows = {row("sequential", 1, {1.29, 1.29, 1.3}, 0, 1),
            row("processes", 8, {0.167, 0.167, 0.169}, 0, 8),
            row("coroutines", 8, {0.162, 0.162, 0.163}, 0, 8),
            row("threads", 64, {0.0242, 0.0245, 0.0247}, 0, 64),
            row("coroutines", 64, {0.0235, 0.0236, 0.0237}, 0, 64)};
  c.rows[1].peak_bytes = 30U << 20U;
  c.rows[2].peak_bytes = 8U << 20U;
  rank(c);
  const auto got = compare::read_comparison(c);
  ASSERT_EQ(got.size(), 2U);
  EXPECT_EQ(got[0],
            "what counts is how many wait at once, more than which model: coroutines were 6.9 "
            "times as fast with 64 at once as with 8; at the same number the models differ by "
            "1.04 times at most");
  EXPECT_EQ(got[1], "memory differs: with 8 at once coroutines needed 8.0 MiB, processes 30 MiB");
}

TEST(CompareReading, ComputingOnTheLoopIsNamedWithItsPrice) {
  compare::comparison c;
  c.workload = "mixed";
  c.effective_cores = 1.9;
  c.rows = {row("sequential", 1, {3, 3, 3}, 0, 1), row("threads", 8, {0.4, 0.4, 0.41}, 0, 8),
            row("coroutines", 8, {0.8, 0.8, 0.81}, 0, 8), row("hybrid", 8, {0.4, 0.4, 0.41}, 0, 8)};
  rank(c);
  const auto got = compare::read_comparison(c);
  ASSERT_EQ(got.size(), 2U);
  EXPECT_EQ(got[1],
            "computing on the event loop holds up its waits: coroutines took 800 ms, the hybrid "
            "400 ms (2.0 times)");
}

TEST(CompareReading, AHybridIsHeldAgainstTheBestSingleModel) {
  compare::comparison c;
  c.workload = "mixed";
  c.effective_cores = 1.9;
  c.rows = {row("sequential", 1, {3, 3, 3}, 0, 1), row("threads", 8, {0.8, 0.81, 0.82}, 0, 8),
            row("hybrid", 8, {0.4, 0.4, 0.41}, 0, 8)};
  rank(c);
  EXPECT_EQ(compare::read_comparison(c).front(),
            "hybrid is 2.0 times as fast as the best single model (threads 8): the loop waits, the "
            "pool computes");
  c.rows[2] = row("hybrid", 8, {0.8, 0.8, 0.81}, 0, 8);
  EXPECT_NE(compare::read_comparison(c).front().find("hybrid ties with threads 8"),
            std::string::npos);
}

TEST(CompareReading, NoiseIsSaid) {
  auto c = crunches(1.9, 0.26);
  c.rows[0] = row("sequential", 1, {0.4, 0.5, 0.9}, 0.5, 1);
  EXPECT_NE(compare::read_comparison(c).back().find(
                "the machine was not quiet: sequential 1 varied by 100 %"),
            std::string::npos);
}

TEST(CompareReading, WithoutFiguresItSaysSo) {
  compare::comparison c;
  EXPECT_EQ(compare::read_comparison(c).front(), "no model could do the work");
  c.disagreement = "x";
  EXPECT_EQ(compare::read_comparison(c).front(),
            "the models gave different results, so their speed means nothing");
}

TEST(CompareCores, WorkIsWhatCounts) {
  const std::vector<compare::core_probe> two{{1000, 0.0001}, {900, 0.0001}};
  EXPECT_NEAR(compare::effective_cores(two, 0.0001, 0.1), 1.9, 1e-9);
  // Two threads on one core: each piece takes twice as long as alone.
  const std::vector<compare::core_probe> shared{{500, 0.0002}, {500, 0.0002}};
  EXPECT_NEAR(compare::effective_cores(shared, 0.0001, 0.1), 1.0, 1e-9);
  EXPECT_EQ(compare::effective_cores({}, 0.0001, 0.1), 0);
  EXPECT_EQ(compare::effective_cores(two, 0.0001, 0), 0);
}

TEST(CompareCores, TheMachineGivesSomething) {
  const auto got = compare::measure_cores();
  EXPECT_GE(got.seen, 1U);
  EXPECT_GT(got.effective, 0);
}

}  // namespace
