#include <tutti/base/clock.hpp>

#include <type_traits>

#include <gtest/gtest.h>

namespace {

static_assert(std::is_same_v<tutti::clock::time_point, tutti::time_point>);
static_assert(std::is_same_v<tutti::time_point, std::chrono::steady_clock::time_point>);
static_assert(tutti::clock::is_steady);

TEST(Clock, NeverGoesBack) {
  const auto a = tutti::clock::now();
  const auto b = tutti::clock::now();
  EXPECT_LE(a, b);
}

}  // namespace
