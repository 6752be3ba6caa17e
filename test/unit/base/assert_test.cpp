#include <tutti/base/assert.hpp>

#include <gtest/gtest.h>

namespace {

TEST(AssertDeathTest, CheckSaysWhatTheCallerDid) {
  TUTTI_CHECK(1 + 1 == 2, "never printed");
  EXPECT_DEATH(TUTTI_CHECK(1 + 1 == 3, "a thing was used twice"),
               "tutti: a thing was used twice \\(.*assert_test.cpp");
}

#ifndef NDEBUG
TEST(AssertDeathTest, AssertShowsTheCondition) {
  EXPECT_DEATH(TUTTI_ASSERT(2 < 1), "broken: 2 < 1");
}
#endif

}  // namespace
