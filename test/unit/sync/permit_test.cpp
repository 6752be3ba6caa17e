#include <tutti/sync/permit.hpp>

#include <utility>

#include <gtest/gtest.h>

#include <tutti/sync/semaphore.hpp>

namespace {

TEST(Permit, GivesBackOnce) {
  tutti::semaphore s{2};
  {
    tutti::permit one{s};
    EXPECT_TRUE(one);
    EXPECT_EQ(s.statistics().available, 1U);
    one.release();
    EXPECT_FALSE(one.owns_permit());
    EXPECT_EQ(s.statistics().available, 2U);
    one.release();
  }
  EXPECT_EQ(s.statistics().available, 2U);
}

TEST(Permit, Moves) {
  tutti::bounded_semaphore s{2};
  tutti::permit one{s};
  tutti::permit two{std::move(one)};
  EXPECT_FALSE(one);
  EXPECT_EQ(s.statistics().available, 1U);
  one = tutti::permit{s};
  EXPECT_EQ(s.statistics().available, 0U);
  one = std::move(two);
  EXPECT_EQ(s.statistics().available, 1U);
}

TEST(PermitDeathTest, APermitGivenBackByHandTooEndsTheProgram) {
  EXPECT_DEATH(
      {
        tutti::bounded_semaphore s{1};
        tutti::permit one{s};
        s.release();
      },
      "a permit was given back twice");
}

}  // namespace
