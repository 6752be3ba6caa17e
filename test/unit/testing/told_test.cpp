// What a failure tells: the smallest run of the same bug, who waits for what, and nothing else.
#include <tutti/testing/explore.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

struct told {
  std::string what;
  std::string schedule;
  bool has(std::string_view words) const { return what.find(words) != std::string::npos; }
  std::ptrdiff_t departures() const { return std::count(schedule.begin(), schedule.end(), '>'); }
};
template <class Scenario>
told failure_of(Scenario scenario, lab::options how = {}) {
  try {
    lab::explore(std::move(how), scenario);
  } catch (const lab::failure& f) {
    return {f.what(), f.schedule()};
  }
  return {};
}

void lost_update() {
  lab::shared<int> x = 0;
  {
    thread a{"a", [&] { x = x + 1; }};
    thread b{"b", [&] { x = x + 1; }};
  }
  lab::check(x == 2);
}

/// Two departures that undo each other can only go together.
TEST(told, a_lost_update_is_one_departure_whatever_seed_finds_it) {
  for (std::uint64_t seed = 1; seed < 100; ++seed) {
    EXPECT_EQ(failure_of(lost_update, {.seed = seed}).departures(), 1) << seed;
  }
}

TEST(told, five_philosophers_need_four_departures) {
  const told t = failure_of([] {
    mutex forks[5];
    std::vector<thread> all;
    for (std::size_t i = 0; i < 5; ++i) {
      all.emplace_back("philosopher", [&forks, i] {
        for (int rounds = 0; rounds < 3; ++rounds) {
          const lock_guard left{forks[i]};
          const lock_guard right{forks[(i + 1) % 5]};
        }
      });
    }
  });
  EXPECT_LE(t.departures(), 5) << t.what;
  EXPECT_TRUE(t.has("in a circle")) << t.what;
  EXPECT_LE(std::count(t.what.begin(), t.what.end(), '\n'), 45) << t.what;
}

/// Thousands of steps, and more departures than can be taken out one by one.
TEST(told, a_long_run_is_shrunk_as_well) {
#if defined(TUTTI_TSAN) || defined(TUTTI_ASAN) || !defined(__clang__)
  static constexpr int rounds = 30;  // a slow build would be stopped by the shrinker's ten seconds
#else
  static constexpr int rounds = 100;
#endif
  const told t = failure_of([] {
    lab::shared<int> x = 0;
    mutex m;
    {
      std::vector<thread> all;
      for (int i = 0; i < 4; ++i) {
        all.emplace_back("worker", [&, i] {
          for (int n = 0; n < rounds; ++n) {
            const lock_guard hold{m};
            x = x + 1;
          }
          if (i >= 2) x = x + 1;
        });
      }
    }
    lab::check(x == 4 * rounds + 2);
  });
  EXPECT_LE(t.departures(), 60) << t.what;
}

/// A smaller run that fails at another line is another bug.
TEST(told, the_shrunk_run_fails_where_the_found_one_did) {
  static std::string first;
  const auto must = [](bool holds, const char* what) {
    if (!holds && first.empty()) first = what;
    lab::check(holds, what);
  };
  for (std::uint64_t seed = 1; seed < 60; ++seed) {
    first.clear();
    const told t = failure_of(
        [&] {
          lab::shared<int> x = 0, y = 0;
          {
            thread a{"a", [&] { x = x + 1, y = y + 1; }};
            thread b{"b", [&] { x = x + 1, y = y + 1; }};
          }
          must(x == 2 || y == 2, "both were lost");
          must(x == 2, "x was lost");
          must(y == 2, "y was lost");
        },
        {.seed = seed});
    EXPECT_TRUE(t.has(first)) << seed << ": found was " << first << "\n" << t.what;
  }
}

TEST(told, a_replay_says_what_the_search_said) {
  const told t = failure_of(lost_update, {.strategy = lab::strategy::pct});
  for (const std::string& text : {t.what, t.what.substr(t.what.find("again: "))}) {
    try {
      lab::replay(text, lost_update);
      ADD_FAILURE() << "passed";
    } catch (const lab::failure& again) {
      EXPECT_EQ(again.what(), t.what);
    }
  }
}

TEST(told, the_first_line_says_which_build_it_was) {
  const told t = failure_of([] { lab::check(false, "one\nand two"); });
  const std::string line = t.what.substr(0, t.what.find('\n'));
  EXPECT_NE(line.find(": one [strategy=round_robin steps=0 build="), std::string::npos) << line;
  EXPECT_TRUE(line.ends_with(" seed=1 schedule=straight]")) << line;
}

// ---- what cannot be unwound ---------------------------------------------------------------------

struct checks_at_its_end {
  ~checks_at_its_end() { lab::check(false, "at its end"); }
};

TEST(told, a_check_may_fail_where_no_exception_may_leave) {
  EXPECT_TRUE(failure_of([] { const checks_at_its_end here; }).has(": at its end"));
  EXPECT_TRUE(failure_of([] {
                try {
                  const checks_at_its_end here;
                  throw std::runtime_error("passing");
                } catch (const std::runtime_error&) {
                }
              }).has(": at its end"));
  const told t = failure_of([] {
    mutex m;
    thread a{"a", [&]() noexcept {
               const lock_guard hold{m};
               lab::check(false, "no way out");
             }};
    const lock_guard hold{m};
  });
  EXPECT_TRUE(t.has(": no way out")) << t.what;
}

void refuse() { throw std::runtime_error("no way out"); }
void refuse_all() noexcept { refuse(); }

TEST(told, a_terminate_is_a_verdict) {
  const told t = failure_of([] { thread a{"a", [] { refuse_all(); }}; });
  EXPECT_TRUE(
      t.what.starts_with("std::terminate was called in thread \"a\": "
                         "std::runtime_error: no way out ["))
      << t.what;
}

TEST(told, an_error_of_a_thread_that_nobody_reads_fails_the_run) {
  const told t = failure_of([] { thread a{"a", [] { throw std::runtime_error("unread"); }}; });
  EXPECT_TRUE(t.what.starts_with("an exception left thread \"a\": std::runtime_error: unread ["))
      << t.what;
  EXPECT_EQ(failure_of([] {
              thread a{"a", [] { throw std::runtime_error("read"); }};
              try {
                a.join();
              } catch (const std::runtime_error&) {
              }
            }).what,
            "");
}

// ---- lanes --------------------------------------------------------------------------------------

TEST(told, lanes_say_for_which_lock_one_waits) {
  const told t = failure_of([] {
    mutex m, n;
    thread a{"a", [&] {
               const lock_guard one{m};
               const lock_guard two{n};
             }};
    thread b{"b", [&] {
               const lock_guard one{n};
               const lock_guard two{m};
             }};
  });
  EXPECT_TRUE(t.has("waits in mutex.lock A\n")) << t.what;
  EXPECT_TRUE(t.has("waits in mutex.lock B\n")) << t.what;
}

TEST(told, lanes_end_with_the_verdict) {
  const told t = failure_of([] {
    event e;
    thread waits{"waits", [&] { e.wait(); }};
    lab::check(true);
    {
      lab::assert_checkpoint none;
    }
    e.set();
  });
  const std::size_t verdict = t.what.find("\n  => ");
  ASSERT_NE(verdict, std::string::npos) << t.what;
  EXPECT_EQ(t.what.find("notify", verdict), std::string::npos) << t.what;
}

TEST(told, tasks_that_share_a_loop_are_told_apart) {
  const told t = failure_of([] {
    mutex m, n;
    const auto both = [](mutex& one, mutex& two) -> task<> {
      auto a = co_await one.async_lock();
      co_await sleep(1s);
      auto b = co_await two.async_lock();
    };
    const auto main = [&]() -> task<> {
      auto left = spawn(both(m, n), {.name = "left"});
      auto right = spawn(both(n, m), {.name = "right"});
      co_await std::move(left);
      co_await std::move(right);
    };
    run(main());
  });
  EXPECT_TRUE(t.has("left: lock A\n")) << t.what;
  EXPECT_TRUE(t.has("right: lock B\n")) << t.what;
  EXPECT_TRUE(t.has("sleeps\n  -- the clock jumps to 1 s\n")) << t.what;
}

TEST(told, a_child_of_gather_is_called_by_its_own_place) {
  const told t = failure_of([] {
    event never;
    const auto waits = [](event& e) -> task<> { co_await e.async_wait(); };
    const auto main = [&]() -> task<> { co_await gather(waits(never), waits(never)); };
    run(main());
  });
  EXPECT_TRUE(t.has(" (told_test.cpp:")) << t.what;
  EXPECT_FALSE(t.has("gather.hpp")) << t.what;
}

TEST(told, a_name_is_on_one_line_and_not_wider_than_its_lane) {
  const told t = failure_of([] {
    thread a{"two\nlines", [] {}};
    thread b{std::string(300, 'b'), [] {}};
    thread c{"Zürich", [] {}};
    lab::check(false);
  });
  EXPECT_TRUE(t.has("  two lines  bbb")) << t.what;
  EXPECT_TRUE(t.has("…  Zürich\n")) << t.what;
  EXPECT_FALSE(t.has("start " + std::string(60, 'b'))) << t.what;
}

TEST(told, of_many_threads_those_are_shown_who_interrupt_each_other) {
  const told t = failure_of([] {
    lab::shared<int> x = 0;
    {
      std::vector<thread> all;
      for (int i = 0; i < 100; ++i) all.emplace_back([&] { x = x + 1; });
    }
    lab::check(x == 100);
  });
  EXPECT_TRUE(t.has(" threads that ran without a break are not shown\n")) << t.what;
  EXPECT_LE(t.what.find('\n', t.what.find('\n') + 1) - t.what.find('\n'), 100U) << t.what;
  EXPECT_LE(std::count(t.what.begin(), t.what.end(), '\n'), 120) << t.what;
}

/// The picture is a wish; the failure is what was asked for.
TEST(told, a_picture_that_cannot_be_written_hides_nothing) {
  ASSERT_EQ(::setenv("TUTTI_SVG", "/nowhere/lanes.svg", 1), 0);
  const told t = failure_of([] { lab::check(false); });
  ::unsetenv("TUTTI_SVG");
  EXPECT_TRUE(t.has("check failed at told_test.cpp")) << t.what;
}

TEST(told, a_probability_is_one) {
  for (const double wrong : {2.0, -0.1}) {
    EXPECT_THROW(lab::explore({.faults = {{"net.read", wrong}}}, [] {}), error);
  }
}

int use_stack(int frames) {
  volatile char much[1024];
  much[0] = static_cast<char>(frames);
  return frames == 0 ? much[0] : use_stack(frames - 1) + much[0];
}

TEST(told, a_strand_has_the_stack_of_a_thread) {
#if defined(TUTTI_ASAN) || defined(TUTTI_TSAN)
  GTEST_SKIP() << "frames are larger, stacks smaller";
#endif
  lab::explore({.schedules = 2},
               [] { thread deep{"deep", [] { lab::check(use_stack(3000) != 1 << 30); }}; });
}

}  // namespace
}  // namespace tutti
