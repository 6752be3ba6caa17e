#include <tutti/testing/liveness.hpp>

#include <gtest/gtest.h>

#include <string>

#include <tutti/sys/thread.hpp>
#include <tutti/testing/explore.hpp>
#include <tutti/testing/shared.hpp>

namespace tutti {
namespace {
namespace lab = tutti::testing;

std::string failure_of(void (*scenario)()) {
  try {
    lab::explore({.schedules = 50}, scenario);
  } catch (const lab::failure& f) {
    return f.what();
  }
  return {};
}

TEST(liveness, one_who_starves_while_others_get_on_is_a_livelock) {
  const std::string text = failure_of([] {
    lab::liveness served{"the third one is served", 500};
    lab::atomic<int> rounds = 0;
    served.hot();
    sys::thread a{"a", [&] {
                    while (rounds < 5000) ++rounds;
                  }};
    a.join();
    served.cold();
  });
  EXPECT_NE(text.find("livelock: \"the third one is served\" has been hot for 500 steps"),
            std::string::npos)
      << text;
}

TEST(liveness, hot_at_the_end_is_a_livelock) {
  const std::string text = failure_of([] {
    lab::liveness answered{"answered"};
    answered.hot();
  });
  EXPECT_NE(text.find("\"answered\" at liveness_test.cpp"), std::string::npos) << text;
  EXPECT_NE(text.find("still hot"), std::string::npos) << text;
}

TEST(liveness, hot_and_cold_in_turn_is_alive) {
  EXPECT_EQ(failure_of([] {
              lab::liveness answered{"answered", 20};
              lab::atomic<int> rounds = 0;
              for (int i = 0; i < 100; ++i) {
                answered.hot();
                ++rounds;
                answered.cold();
              }
            }),
            "");
}

}  // namespace
}  // namespace tutti
