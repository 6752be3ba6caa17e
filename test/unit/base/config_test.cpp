#include <tutti/base/config.hpp>

#include <gtest/gtest.h>

namespace {

TEST(Config, KnowsItsCompiler) {
#if defined(__clang__)
  EXPECT_EQ(TUTTI_TAIL_CALLS, 1);
  EXPECT_EQ(TUTTI_CLOSURE_BUG, 0);
#else
  EXPECT_EQ(TUTTI_TAIL_CALLS, 0);
#endif
#if defined(__SANITIZE_THREAD__)
  EXPECT_EQ(TUTTI_TSAN, 1);
#endif
}

TEST(Config, HintsDoNotChangeTheValue) {
  int evaluated = 0;
  if (TUTTI_LIKELY(++evaluated == 2)) ADD_FAILURE();
  if (TUTTI_UNLIKELY(++evaluated == 2)) ++evaluated;
  EXPECT_EQ(evaluated, 3);
}

}  // namespace
