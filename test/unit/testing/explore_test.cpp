#include <tutti/testing/explore.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include <tutti/sys/mutex.hpp>
#include <tutti/sys/parker.hpp>
#include <tutti/sys/thread.hpp>
#include <tutti/testing/shared.hpp>

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
  EXPECT_EQ(failure_of({.seed = 36}, lost_update),
            "check failed at explore_test.cpp:27 "
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
            "  => check failed at explore_test.cpp:27\n"
            "again: TUTTI_REPLAY='seed=36 schedule=0.2>2,1.1>2'");
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

}  // namespace
}  // namespace tutti
