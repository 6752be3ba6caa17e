#include <tutti/base/outcome.hpp>

#include <memory>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace {

using tutti::outcome;

TEST(Outcome, HoldsAValue) {
  outcome<std::string> o(std::string("hello"));
  EXPECT_TRUE(o);
  EXPECT_EQ(*o, "hello");
  EXPECT_EQ(o->size(), 5U);
  EXPECT_EQ(o.exception(), nullptr);
  EXPECT_EQ(o.value_or("x"), "hello");
}

TEST(Outcome, ThrowsWhatFailed) {
  outcome<int> o(std::make_exception_ptr(std::out_of_range("no")));
  EXPECT_FALSE(o);
  EXPECT_THROW(o.value(), std::out_of_range);
  EXPECT_EQ(o.value_or(7), 7);
  EXPECT_NE(o.exception(), nullptr);
}

TEST(Outcome, MovesOnlyTypes) {
  outcome<std::unique_ptr<int>> o(std::make_unique<int>(3));
  outcome<std::unique_ptr<int>> p(std::move(o));
  EXPECT_EQ(*std::move(p).value(), 3);
}

TEST(Outcome, CopiesAndReassigns) {
  outcome<std::string> o(std::string(100, 'x'));
  outcome<std::string> p = o;
  EXPECT_EQ(*p, *o);
  p = outcome<std::string>(std::make_exception_ptr(1));
  EXPECT_FALSE(p);
  p = o;
  EXPECT_TRUE(p);
}

TEST(Outcome, OfAnExceptionPointerTellsValueFromError) {
  outcome<std::exception_ptr> value(std::make_exception_ptr(1));
  EXPECT_TRUE(value);
  EXPECT_FALSE(outcome<std::exception_ptr>::failure(std::make_exception_ptr(1)));
}

TEST(Outcome, OfVoid) {
  outcome<void> o;
  EXPECT_FALSE(o.has_value()) << "nothing was stored yet";
  o.emplace();
  EXPECT_TRUE(o);
  EXPECT_NO_THROW(o.value());
  EXPECT_THROW(outcome<void>(std::make_exception_ptr(std::runtime_error("x"))).value(),
               std::runtime_error);
}

TEST(OutcomeDeathTest, ReadingAnUnsetOneSaysSo) {
  outcome<int> o;
  EXPECT_DEATH(o.value(), "read before anything was stored");
}

}  // namespace
