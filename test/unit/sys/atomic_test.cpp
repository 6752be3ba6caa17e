#include <tutti/sys/atomic.hpp>

#include <cstdint>

#include <gtest/gtest.h>

namespace {

using namespace tutti;

TEST(Atomic, DoesWhatItsNamesSay) {
  sys::atomic<unsigned> a{5};
  EXPECT_EQ(a.load(sys::relaxed), 5U);
  a.store(6, sys::relaxed);
  EXPECT_EQ(a.exchange(7, sys::relaxed), 6U);
  EXPECT_EQ(a.fetch_add(3, sys::relaxed), 7U);
  EXPECT_EQ(a.fetch_sub(2, sys::relaxed), 10U);
  EXPECT_EQ(a.fetch_or(4, sys::relaxed), 8U);
  EXPECT_EQ(a.fetch_and(12, sys::relaxed), 12U);
  EXPECT_EQ(a.load(sys::relaxed), 12U);
}

TEST(Atomic, AFailedExchangeSaysWhatItFound) {
  sys::atomic<int> a{1};
  int expected = 2;
  EXPECT_FALSE(a.compare_exchange(expected, 3, sys::relaxed, sys::relaxed));
  EXPECT_EQ(expected, 1);
  EXPECT_TRUE(a.compare_exchange(expected, 3, sys::relaxed, sys::relaxed));
  EXPECT_EQ(a.load(sys::relaxed), 3);
}

TEST(Atomic, IsAsSmallAsItsValue) {
  static_assert(sizeof(sys::atomic<std::uint32_t>) == sizeof(std::uint32_t));
  static_assert(!std::is_copy_constructible_v<sys::atomic<int>>);
}

}  // namespace
