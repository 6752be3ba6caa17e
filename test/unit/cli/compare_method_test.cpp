#include <tutti/cli/compare/method.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

namespace compare = tutti::cli::compare;
using compare::item_result;

namespace {

// A machine whose clock only moves when a model says so.
struct toy {
  double clock = 0;
  double cpu = 0;
  std::uint64_t peak = 0;
  bool stop = false;
  std::vector<std::string> ran;

  compare::machine machine() {
    compare::machine m;
    m.seconds = [this] { return clock; };
    m.cpu_seconds = [this] { return cpu; };
    m.peak_bytes = [this] { return peak; };
    m.forget_peak = [this] { peak = 0; };
    m.interrupted = [this] { return stop; };
    m.self = 1;
    return m;
  }

  compare::model model(const std::string& name, double seconds, std::vector<item_result> gives) {
    compare::model m;
    m.name = name;
    m.run = [this, name, seconds, gives] {
      ran.push_back(name);
      clock += seconds;
      cpu += seconds / 2;
      peak = 1000;
      return gives;
    };
    return m;
  }
};

item_result item(std::uint64_t bytes, std::uint64_t checksum) {
  item_result r;
  r.bytes = bytes;
  r.checksum = checksum;
  return r;
}

item_result failed(const std::string& why) {
  item_result r;
  r.problem = why;
  return r;
}

const std::vector<std::string> two_names{"a.txt", "b.txt"};

TEST(CompareMethod, ChecksThenWarmsThenTimesInRotatingOrder) {
  toy t;
  const std::vector<item_result> good{item(1, 2), item(3, 4)};
  const std::vector<compare::model> models{t.model("x", 2, good), t.model("y", 1, good),
                                           t.model("z", 3, good)};
  const auto got =
      compare::measure(models, two_names, {.rounds = 3, .on_progress = {}}, t.machine());
  const std::vector<std::string> order{"x", "y", "z", "x", "y", "z", "x", "y",
                                       "z", "y", "z", "x", "z", "x", "y"};
  EXPECT_EQ(t.ran, order);
  ASSERT_EQ(got.rows.size(), 3U);
  EXPECT_EQ(got.rows[0].samples, std::vector<double>(3, 2.0));
  EXPECT_DOUBLE_EQ(got.rows[1].seconds.median, 1);
  EXPECT_DOUBLE_EQ(got.rows[1].cpu.median, 0.5);
  EXPECT_EQ(got.rows[2].peak_bytes, 1000U);
  EXPECT_EQ(got.rows[1].standing, compare::place::first);
  EXPECT_EQ(got.bytes, 4U);
  EXPECT_TRUE(got.disagreement.empty());
}

TEST(CompareMethod, ModelsThatDisagreeAreNotTimed) {
  toy t;
  const std::vector<compare::model> models{t.model("honest", 2, {item(1, 2), item(3, 4)}),
                                           t.model("wrong", 1, {item(1, 2), item(3, 5)})};
  const auto got = compare::measure(models, two_names, {}, t.machine());
  EXPECT_EQ(got.disagreement,
            "b.txt: honest gave 3 bytes, checksum 4; wrong gave 3 bytes, checksum 5");
  EXPECT_TRUE(got.rows[0].samples.empty());
  EXPECT_EQ(t.ran, (std::vector<std::string>{"honest", "wrong"}));
}

TEST(CompareMethod, AModelThatStartsToDifferLaterTakesAllTimingsBack) {
  toy t;
  const std::vector<item_result> good{item(1, 2), item(3, 4)};
  auto late = t.model("late", 1, good);
  late.run = [&t, good, calls = 0]() mutable {
    t.clock += 1;
    auto out = good;
    if (++calls == 4) out[0].checksum = 9;
    return out;
  };
  const std::vector<compare::model> models{t.model("x", 2, good), late};
  const auto got = compare::measure(models, two_names, {}, t.machine());
  EXPECT_NE(got.disagreement.find("a.txt: x gave"), std::string::npos);
  EXPECT_TRUE(got.rows[0].samples.empty());
}

TEST(CompareMethod, MissingResultsAreADisagreement) {
  toy t;
  const std::vector<compare::model> models{t.model("x", 2, {item(1, 2), item(3, 4)}),
                                           t.model("short", 1, {item(1, 2)})};
  EXPECT_EQ(compare::measure(models, two_names, {}, t.machine()).disagreement,
            "short gave 1 results where x gave 2");
}

TEST(CompareMethod, FailedItemsAreCountedAndToldOnce) {
  toy t;
  const std::vector<compare::model> models{t.model("x", 2, {item(1, 2), failed("no such host")}),
                                           t.model("y", 1, {item(1, 2), failed("no such host")})};
  const auto got =
      compare::measure(models, two_names, {.rounds = 7, .on_progress = {}}, t.machine());
  EXPECT_EQ(got.rows[0].failures, 7U);
  EXPECT_EQ(got.problems, std::vector<std::string>{"no such host"});
  EXPECT_EQ(got.bytes, 1U);
}

TEST(CompareMethod, AModelThatCannotRunIsSetAsideWithItsReason) {
  toy t;
  const std::vector<item_result> good{item(1, 2), item(3, 4)};
  auto broken = t.model("broken", 1, good);
  broken.run = []() -> std::vector<item_result> { throw std::runtime_error("no more threads"); };
  const std::vector<compare::model> models{broken, t.model("x", 2, good), t.model("y", 3, good)};
  const auto got =
      compare::measure(models, two_names, {.rounds = 2, .on_progress = {}}, t.machine());
  EXPECT_EQ(got.rows[0].refused, "no more threads");
  EXPECT_TRUE(got.rows[0].samples.empty());
  EXPECT_EQ(got.rows[1].samples.size(), 2U);
  EXPECT_EQ(got.rows[1].standing, compare::place::first);
  EXPECT_EQ(got.bytes, 4U);
}

TEST(CompareMethod, WhereEverythingFailsNothingIsTimed) {
  toy t;
  const std::vector<item_result> bad{failed("no such host"), failed("no such host")};
  const std::vector<compare::model> models{t.model("x", 2, bad), t.model("y", 1, bad)};
  const auto got = compare::measure(models, two_names, {}, t.machine());
  EXPECT_EQ(t.ran, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(got.problems, std::vector<std::string>{"no such host"});
  EXPECT_TRUE(got.rows[0].samples.empty());
}

TEST(CompareMethod, NoModelAtAllIsAnEmptyTable) {
  toy t;
  EXPECT_TRUE(compare::measure({}, two_names, {}, t.machine()).rows.empty());
}

TEST(CompareMethod, CtrlCEndsItAndTheCutRunIsNoResult) {
  toy t;
  const std::vector<item_result> good{item(1, 2), item(3, 4)};
  auto pressed = t.model("x", 1, good);
  pressed.run = [&t] {
    t.stop = true;
    return std::vector<item_result>{};
  };
  EXPECT_THROW((void)compare::measure({pressed}, two_names, {}, t.machine()),
               compare::comparison_interrupted);
}

TEST(CompareMethod, WorkersOfOtherProcessesAddTheirTotals) {
  toy t;
  std::vector<item_result> items{item(1, 2), item(3, 4), item(5, 6)};
  items[0].worker = 7;
  items[0].worker_cpu_ns = 1'000'000'000;
  items[0].worker_peak = 500;
  items[1].worker = 7;
  items[1].worker_cpu_ns = 3'000'000'000;  // a running total: not added to the one before
  items[1].worker_peak = 600;
  items[2].worker = 1;  // this process: measured as a whole
  items[2].worker_cpu_ns = 9'000'000'000;
  const std::vector<std::string> names{"a", "b", "c"};
  const auto got = compare::measure({t.model("p", 2, items)}, names,
                                    {.rounds = 1, .on_progress = {}}, t.machine());
  EXPECT_DOUBLE_EQ(got.rows[0].cpu.median, 1.0 + 3.0);
  EXPECT_EQ(got.rows[0].peak_bytes, 1600U);
}

TEST(CompareMethod, TellsHowFarItIs) {
  toy t;
  std::vector<std::string> seen;
  compare::method_options options;
  options.rounds = 1;
  options.on_progress = [&](const compare::progress& p) {
    seen.push_back(std::to_string(static_cast<int>(p.at)) + ":" + std::to_string(p.done) + "/" +
                   std::to_string(p.total) + " " + p.model);
  };
  const std::vector<item_result> good{item(1, 2), item(3, 4)};
  (void)compare::measure({t.model("x", 1, good), t.model("y", 1, good)}, two_names, options,
                         t.machine());
  EXPECT_EQ(seen, (std::vector<std::string>{"0:0/2 x", "0:1/2 y", "1:0/2 x", "1:1/2 y", "2:0/2 x",
                                            "2:1/2 y"}));
}

}  // namespace
