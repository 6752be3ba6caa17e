#include <tutti/base/error.hpp>

#include <stdexcept>
#include <utility>

#include <gtest/gtest.h>

namespace {

std::exception_ptr of(auto e) { return std::make_exception_ptr(std::move(e)); }

TEST(Error, CancelledIsNoStdException) {
  EXPECT_FALSE(tutti::detail::matches<std::exception>(of(tutti::cancelled{})));
  EXPECT_TRUE(tutti::detail::is_cancellation(of(tutti::cancelled{})));
  EXPECT_FALSE(tutti::detail::is_cancellation(of(std::runtime_error("x"))));
  EXPECT_FALSE(tutti::detail::is_cancellation(nullptr));
}

TEST(Error, DescribeNamesTypeAndText) {
  EXPECT_EQ(tutti::detail::describe(of(std::out_of_range("no"))), "std::out_of_range: no");
  EXPECT_EQ(tutti::detail::describe(of(tutti::cancelled{})), "cancelled");
  EXPECT_EQ(tutti::detail::describe(of(7)), "int (not a std::exception)");
}

}  // namespace
