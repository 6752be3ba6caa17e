#include <tutti/base/exception_group.hpp>

#include <stdexcept>
#include <system_error>
#include <utility>

#include <gtest/gtest.h>

namespace {

using tutti::exception_group;

std::exception_ptr of(auto e) { return std::make_exception_ptr(std::move(e)); }

exception_group nested() {
  exception_group inner({of(std::invalid_argument("inner")),
                         of(std::system_error(std::make_error_code(std::errc::io_error)))},
                        {"left", "right"});
  return exception_group({of(std::out_of_range("outer")), of(inner)}, {"a", "b"});
}

TEST(ExceptionGroup, LeavesComeDepthFirst) {
  const auto leaves = nested().leaves();
  ASSERT_EQ(leaves.size(), 3U);
  EXPECT_TRUE(tutti::detail::matches<std::out_of_range>(leaves[0]));
  EXPECT_TRUE(tutti::detail::matches<std::invalid_argument>(leaves[1]));
  EXPECT_TRUE(tutti::detail::matches<std::system_error>(leaves[2]));
}

TEST(ExceptionGroup, TextShowsTheTreeWithNames) {
  const std::string text = nested().what();
  EXPECT_NE(text.find("2 failures"), std::string::npos) << text;
  EXPECT_NE(text.find("[a] std::out_of_range: outer"), std::string::npos) << text;
  EXPECT_NE(text.find("      - [left] std::invalid_argument: inner"), std::string::npos) << text;
}

TEST(ExceptionGroup, SplitKeepsTheShape) {
  auto [matching, rest] = nested().split<std::logic_error>();
  EXPECT_EQ(matching.leaves().size(), 2U);
  EXPECT_EQ(rest.leaves().size(), 1U);
  EXPECT_EQ(matching.exceptions().size(), 2U) << "the inner group stays a group";
  EXPECT_TRUE(rest.contains<std::system_error>());
  EXPECT_FALSE(rest.contains<std::logic_error>());
}

TEST(ExceptionGroup, HandleCallsForEachAndKeepsTheRest) {
  exception_group g = nested();
  int called = 0;
  g.handle<std::invalid_argument>([&](const std::invalid_argument& e) {
     EXPECT_STREQ(e.what(), "inner");
     ++called;
   }).handle<std::system_error>([&](const std::system_error&) { ++called; });
  EXPECT_EQ(called, 2);
  EXPECT_EQ(g.leaves().size(), 1U);
  EXPECT_THROW(g.rethrow_if_any(), exception_group);
  g.handle<std::exception>([](const std::exception&) {});
  EXPECT_TRUE(g.empty());
  EXPECT_NO_THROW(g.rethrow_if_any());
}

TEST(ExceptionGroup, WhatAHandlerThrowsPassesAndLosesNothing) {
  exception_group g = nested();
  EXPECT_THROW(g.handle<std::out_of_range>([](const std::out_of_range&) { throw 1; }), int);
  EXPECT_EQ(g.leaves().size(), 3U);
}

}  // namespace
