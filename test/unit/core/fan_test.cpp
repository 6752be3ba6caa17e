#include <tutti/core/fan.hpp>

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include <tutti/core/scope_guard.hpp>
#include <tutti/core/sleep.hpp>

#include "list_scheduler.hpp"

namespace {

using namespace tutti;
using detail::fan_awaiter;
using detail::fan_scope;

task<int> after(int yields, int value) {
  for (int i = 0; i < yields; ++i) co_await yield();
  if (value < 0) throw std::runtime_error(std::to_string(value));
  co_return value;
}

/// Runs two children under `rule`; who decided, and what the two gave ("c": cancelled).
task<std::string> two(fan_scope::rule rule, task<int> a, task<int> b) {
  fan_scope fan(rule, co_await detail::this_cell());
  fan_awaiter<int, int> children(fan, nullptr, std::source_location::current(), std::move(a),
                                 std::move(b));
  co_await children;
  const auto text = [](outcome<int>& o) {
    if (o.has_value()) return std::to_string(o.value());
    return std::string(detail::is_cancellation(o.exception()) ? "c" : "e");
  };
  const std::string who = fan.decided() == fan_scope::nobody ? "-" : std::to_string(fan.decided());
  co_return who + " " + text(children.result<0>()) + " " + text(children.result<1>());
}

std::string outcome_of(fan_scope::rule rule, task<int> a, task<int> b) {
  detail::list_scheduler where;
  future<std::string> f = detail::start_on(where, two(rule, std::move(a), std::move(b)));
  where.drain();
  return f.get();
}

TEST(Fan, AllLetsEveryChildEnd) {
  EXPECT_EQ(outcome_of(fan_scope::rule::all, after(3, 1), after(1, -1)), "- 1 e");
}

TEST(Fan, TheFirstFailureDecidesAndCancelsTheOthers) {
  EXPECT_EQ(outcome_of(fan_scope::rule::first_failure, after(9, 1), after(1, -1)), "1 c e");
  EXPECT_EQ(outcome_of(fan_scope::rule::first_failure, after(1, -1), after(9, 1)), "0 e c");
  EXPECT_EQ(outcome_of(fan_scope::rule::first_failure, after(2, 1), after(1, 2)), "- 1 2");
}

TEST(Fan, TheFirstToFinishDecidesAndCancelsTheOthers) {
  EXPECT_EQ(outcome_of(fan_scope::rule::first_finish, after(9, 1), after(1, 2)), "1 c 2");
  EXPECT_EQ(outcome_of(fan_scope::rule::first_finish, after(0, 1), after(0, 2)), "0 1 c");
}

}  // namespace
