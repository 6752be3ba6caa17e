#include <tutti/testing/failure.hpp>

#include <gtest/gtest.h>

#include <string>

#include <tutti/testing/explore.hpp>

namespace tutti {
namespace {
namespace lab = tutti::testing;

TEST(failure, a_broken_check_throws_outside_of_a_simulation) {
  lab::check(true);
  EXPECT_THROW(lab::check(false), lab::failure);
}

TEST(failure, a_broken_check_cannot_be_swallowed) {
  const auto swallows = [] {
    try {
      lab::check(false, "two and two");
    } catch (...) {
    }
  };
  try {
    lab::explore({.schedules = 3}, swallows);
    FAIL();
  } catch (const lab::failure& f) {
    EXPECT_NE(std::string(f.what()).find("two and two"), std::string::npos);
    EXPECT_NE(std::string(f.what()).find("failure_test.cpp"), std::string::npos);
  }
}

}  // namespace
}  // namespace tutti
