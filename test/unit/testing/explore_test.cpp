#include <tutti/testing/explore.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <latch>
#include <optional>
#include <set>
#include <string>

#include <tutti/base/clock.hpp>
#include <tutti/sys/mutex.hpp>
#include <tutti/sys/parker.hpp>
#include <tutti/sys/thread.hpp>
#include <tutti/sys/world.hpp>
#include <tutti/testing/shared.hpp>
#include <tutti/tutti.hpp>

namespace tutti {
namespace {

namespace lab = tutti::testing;

void lost_update() {
  lab::shared<int> x = 0;
  {
    sys::thread a{"a", [&] { x = x + 1; }};
    sys::thread b{"b", [&] {
                    lab::yield_point();
                    x = x + 1;
                  }};
  }
  lab::check(x == 2);
}

/// Without the build's number, which is another one after each change.
std::string without_build(std::string text) {
  if (const std::size_t at = text.find(" build="); at != std::string::npos) text.erase(at, 15);
  return text;
}

std::string failure_of(lab::options how, void (*scenario)()) {
  try {
    lab::explore(how, scenario);
  } catch (const lab::failure& f) {
    return f.what();
  }
  return {};
}

TEST(explore, finds_a_lost_update_and_its_text_replays_it) {
  try {
    lab::explore({.schedules = 1000}, lost_update);
    FAIL() << "not found";
  } catch (const lab::failure& f) {
    EXPECT_NE(f.seed(), 0U);
    EXPECT_FALSE(f.schedule().empty());
    for (int i = 0; i < 100; ++i) EXPECT_THROW(lab::replay(f.what(), lost_update), lab::failure);
    EXPECT_THROW(lab::replay(f.schedule(), lost_update), lab::failure);
  }
}

TEST(explore, its_failure_shows_lanes_in_which_the_bug_is_seen) {
  EXPECT_EQ(without_build(failure_of({.seed = 36}, lost_update)),
            "check failed at explore_test.cpp:38 "
            "[strategy=random steps=10 seed=36 schedule=0.2>2,1.1>2]\n"
            "  main                      a          b\n"
            "  ------------------------  ---------  ---------\n"
            "  start a\n"
            "  start b\n"
            "  waits for the end of \"b\"\n"
            "                            read 0 A\n"
            "                                       read 0 A\n"
            "                                       write 1 A\n"
            "                                       end\n"
            "  waits for the end of \"a\"\n"
            "                            write 1 A\n"
            "                            end\n"
            "  read 1 A\n"
            "  => check failed at explore_test.cpp:38\n"
            "again: TUTTI_REPLAY='strategy=random seed=36 schedule=0.2>2,1.1>2'");
}

TEST(explore, says_the_same_for_the_same_seed) {
  const std::string once = failure_of({.seed = 7}, lost_update);
  EXPECT_FALSE(once.empty());
  EXPECT_EQ(once, failure_of({.seed = 7}, lost_update));
}

TEST(explore, passes_what_is_sound) {
  const lab::report r = lab::explore({.schedules = 500}, [] {
    sys::mutex m;
    lab::shared<int> x = 0;
    {
      const auto add = [&] {
        sys::lock hold(m);
        x = x + 1;
      };
      sys::thread a{"a", add};
      sys::thread b{"b", add};
    }
    lab::check(x == 2);
  });
  EXPECT_EQ(r.schedules, 500U);
}

TEST(explore, names_both_sides_of_a_deadlock) {
  const std::string text = failure_of({.schedules = 1000}, [] {
    sys::parker* first = nullptr;
    sys::thread a{"left", [&] {
                    sys::parker own;
                    first = &own;
                    own.park();
                  }};
    sys::thread b{"right", [] { sys::parker().park(); }};
  });
  EXPECT_NE(text.find("deadlock"), std::string::npos);
  EXPECT_NE(text.find("left"), std::string::npos);
  EXPECT_NE(text.find("right"), std::string::npos);
}

TEST(explore, dfs_covers_a_small_scenario_and_says_so) {
  const auto scenario = [] {
    sys::mutex m;
    lab::shared<int> x = 0;
    const auto add = [&] {
      sys::lock hold(m);
      x = x + 1;
    };
    sys::thread a{"a", add};
    sys::thread b{"b", add};
  };
  const lab::report r =
      lab::explore({.schedules = 100'000, .strategy = lab::strategy::dfs}, scenario);
  EXPECT_TRUE(r.complete);
  EXPECT_GT(r.schedules, 10U);
  EXPECT_FALSE(lab::explore({.schedules = 3, .strategy = lab::strategy::dfs}, scenario).complete);
}

TEST(explore, dfs_needs_one_preemption_for_a_lost_update) {
  const auto with = [](unsigned bound) {
    return failure_of({.strategy = lab::strategy::dfs, .preemption_bound = bound}, [] {
      lab::shared<int> x = 0;
      {
        sys::thread a{"a", [&] { x = x + 1; }};
        sys::thread b{"b", [&] { x = x + 1; }};
      }
      lab::check(x.peek() == 2);
    });
  };
  EXPECT_EQ(with(0), "");
  EXPECT_NE(with(1).find("strategy=dfs bound=1"), std::string::npos);
}

TEST(explore, a_livelock_shows_its_beginning_and_counts_the_rest) {
  const std::string text = failure_of({.schedules = 100, .steps_max = 5'000}, [] {
    lab::atomic<bool> go = false;
    sys::thread spins{"spins", [&] {
                        while (!go.load()) {
                        }
                      }};
  });
  EXPECT_NE(text.find("start spins"), std::string::npos) << text;
  EXPECT_NE(text.find("… the same line "), std::string::npos) << text;
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 20) << text;
}

TEST(explore, lanes_repeat_nothing_but_what_repeats_at_once) {
  const std::string text = failure_of({.schedules = 1}, [] {
    lab::shared<int> x = 0, y = 0;
    for (int i = 0; i < 50; ++i) {
      (void)x.load();
      (void)y.load();
    }
    for (int i = 0; i < 300; ++i) x = i;
    lab::check(false);
  });
  EXPECT_NE(text.find("… the same 2 lines 48 more times …"), std::string::npos) << text;
  EXPECT_NE(text.find("lines left out"), std::string::npos) << text;
  EXPECT_NE(text.find("write 299 A"), std::string::npos) << text;
}

TEST(explore, dfs_notices_a_scenario_that_differs_from_run_to_run) {
  static int runs = 0;
  const std::string text = failure_of({.strategy = lab::strategy::dfs}, [] {
    ++runs;
    lab::shared<int> x = 0;
    sys::thread a{"a", [&] {
                    for (int i = 0; i < runs % 7; ++i) x = i;
                  }};
    x = 1;
  });
  EXPECT_NE(text.find("not deterministic"), std::string::npos) << text;
}

TEST(explore, notices_a_scenario_that_differs_from_run_to_run) {
  static int runs = 0;
  const std::string text = failure_of({.schedules = 300}, [] {
    ++runs;
    lab::shared<int> x = 0;
    sys::thread a{"a", [&] {
                    for (int i = 0; i < runs % 7; ++i) x = i;
                  }};
    x = 1;
  });
  EXPECT_NE(text.find("not deterministic"), std::string::npos) << text;
}

TEST(explore, says_what_it_has_covered) {
  const auto scenario = [] {
    lab::shared<int> x = 0;
    sys::thread a{"a", [&] { x = 1; }};
    x = 2;
  };
  const lab::report all = lab::explore({.strategy = lab::strategy::dfs}, scenario);
  EXPECT_EQ(all.text(), "complete at bound 2: " + std::to_string(all.schedules) +
                            " schedules passed, which stand for all");
  const lab::report some = lab::explore({.schedules = 100}, scenario);
  EXPECT_EQ(some.threads, 2U);
  EXPECT_GT(some.pct_runs, 10U);
  EXPECT_NE(some.text().find("100 schedules passed"), std::string::npos);
  EXPECT_NE(some.text().find("a bug of depth 2 with a chance of at least 1/"), std::string::npos);
  EXPECT_DOUBLE_EQ(lab::pct_bound(3, 10, 3), 1.0 / 300);
}

TEST(explore, pct_names_its_bound) {
  const std::string text = failure_of({.strategy = lab::strategy::pct}, lost_update);
  EXPECT_NE(text.find(" bound=1/"), std::string::npos) << text;
}

TEST(explore, the_uniform_walk_lets_a_short_strand_come_late) {
  static bool last = false;
  const auto late = [] {
    lab::atomic<int> rounds = 0;
    sys::thread a{"long", [&] {
                    for (int i = 0; i < 50; ++i) ++rounds;
                  }};
    sys::thread b{"short", [&] { last = last || rounds == 50; }};
  };
  lab::explore({.schedules = 1000, .strategy = lab::strategy::uniform}, late);
  EXPECT_TRUE(last);
  EXPECT_NE(failure_of({.strategy = lab::strategy::uniform}, lost_update), "");
}

void fails_when_a_fault_strikes() {
  lab::shared<int> x = 0;
  {
    sys::thread a{"a", [&] {
                    if (sys::injected_fault("here") != 0) x = 1;
                  }};
  }
  lab::check(x == 0);
}

TEST(explore, a_fault_of_the_options_is_met_again_by_replay) {
  const lab::options how{.schedules = 1000, .faults = {{"here", 0.05, 5}}, .swarm = true};
  const std::string text = failure_of(how, fails_when_a_fault_strikes);
  ASSERT_NE(text, "");
  EXPECT_THROW(lab::replay(text, fails_when_a_fault_strikes, how), lab::failure);
}

TEST(explore, jitter_lets_two_sleepers_wake_in_either_order) {
  static bool early = false, late = false;
  const auto scenario = [] {
    lab::atomic<int> done = 0;
    sys::thread a{"a", [&] {
                    sys::parker().park_until(clock::now() + std::chrono::milliseconds(10));
                    (done == 0 ? early : late) = true;
                  }};
    sys::thread b{"b", [&] {
                    sys::parker().park_until(clock::now() + std::chrono::milliseconds(11));
                    done = 1;
                  }};
  };
  lab::explore({.schedules = 200}, scenario);
  EXPECT_FALSE(late);
  lab::explore({.schedules = 200, .timer_jitter = std::chrono::milliseconds(5)}, scenario);
  EXPECT_TRUE(early && late);
}

TEST(explore_dies, a_foreign_blocking_call_is_told_with_its_stack) {
  // The watchdog is a thread: the child starts afresh, since TSan allows none after a bare fork.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(lab::explore({},
                            [] {
                              std::latch never{1};
                              sys::thread a{"a", [&] { never.wait(); }};
                            }),
               "asleep outside of tutti for a second");
}

TEST(explore, draws_the_lanes_on_request) {
  const std::string path = ::testing::TempDir() + "tutti_explore_test.svg";
  ASSERT_EQ(::setenv("TUTTI_SVG", path.c_str(), 1), 0);
  EXPECT_NE(failure_of({}, lost_update), "");
  ::unsetenv("TUTTI_SVG");
  std::ifstream file(path);
  const std::string drawing{std::istreambuf_iterator<char>(file), {}};
  std::remove(path.c_str());
  EXPECT_TRUE(drawing.starts_with("<svg ")) << drawing;
  EXPECT_NE(drawing.find(">read 0 A</text>"), std::string::npos) << drawing;
  EXPECT_NE(drawing.find("</svg>"), std::string::npos);
}

TEST(explore, text_without_a_schedule_is_refused) {
  EXPECT_THROW(lab::replay("it failed", lost_update), error);
  EXPECT_THROW(lab::replay("", lost_update), error);
}

/// Sleep sets must know it: after its announced access of `x` or `y`, each thread does something
/// with the future. Swapping the two steps changes what `other` sees, although they announced
/// different objects.
TEST(explore, steps_touch_more_than_they_announce) {
  std::set<bool> seen;
  const auto found = lab::explore(
      {.schedules = 100'000, .strategy = lab::strategy::dfs, .preemption_bound = 100}, [&seen] {
        lab::atomic<int> x = 0;
        lab::atomic<int> y = 0;
        promise<int> p;
        future<int> f = p.get_future();
        bool was_ready = false;
        {
          thread one{"one", [&] {
                       x = 1;
                       p.set_value(1);
                     }};
          thread other{"other", [&] {
                         y = 1;
                         was_ready = f.done();
                       }};
        }
        seen.insert(was_ready);
      });
  EXPECT_TRUE(found.complete) << found.text();
  EXPECT_EQ(seen.size(), 2U);
}

/// Three threads that have nothing in common have millions of schedules, which all show the same.
TEST(explore, dfs_without_a_bound_ends_where_threads_share_little) {
  const auto apart = [] {
    std::array<lab::atomic<int>, 3> own;
    const auto count = [&own](std::size_t i) {
      for (int n = 0; n < 3; ++n) own[i].fetch_add(1);
    };
    {
      thread a{count, 0U};
      thread b{count, 1U};
      thread c{count, 2U};
    }
    for (const lab::atomic<int>& n : own) lab::check(n.load() == 3);
  };
  const lab::report all = lab::explore(
      {.schedules = 1000, .strategy = lab::strategy::dfs, .preemption_bound = ~0U}, apart);
  EXPECT_TRUE(all.complete);
  EXPECT_EQ(all.text(), "complete without a bound: " + std::to_string(all.schedules) +
                            " schedules passed, which stand for all");
  EXPECT_FALSE(lab::explore({.schedules = 10'000,
                             .strategy = lab::strategy::dfs,
                             .preemption_bound = ~0U,
                             .sleep_sets = false},
                            apart)
                   .complete);
}

}  // namespace
}  // namespace tutti
