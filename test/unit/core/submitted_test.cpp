#include <tutti/core/submitted.hpp>

#include <memory>
#include <stdexcept>
#include <stop_token>

#include <gtest/gtest.h>

#include "list_scheduler.hpp"

namespace {

using namespace tutti;

template <class F, class... Args>
auto call_on(detail::list_scheduler& where, F f, Args... args) {
  return detail::start_call(where, nullptr, nullptr, {}, std::source_location::current(), false,
                            std::move(f), std::move(args)...);
}

TEST(Submitted, ACallableRunsWithItsOwnArguments) {
  detail::list_scheduler where;
  auto f = call_on(where, [](std::unique_ptr<int> p) { return *p + 1; }, std::make_unique<int>(4));
  where.drain();
  EXPECT_EQ(f.get(), 5);
}

TEST(Submitted, ACallableThatReturnsATaskIsACoroutine) {
  detail::list_scheduler where;
  future<int> f = call_on(where, [](int x) -> task<int> { co_return x * 2; }, 21);
  where.drain();
  EXPECT_EQ(f.get(), 42);
}

TEST(Submitted, AStopTokenIsPassedToWhoeverTakesOne) {
  static_assert(detail::takes_stop_token<void (*)(std::stop_token, int), int>);
  static_assert(!detail::takes_stop_token<void (*)(int), int>);
  detail::list_scheduler where;
  auto f = call_on(where, [](std::stop_token t) { return t.stop_possible(); });
  where.drain();
  EXPECT_TRUE(f.get());
}

TEST(Submitted, ArgumentsAreDestroyedBeforeTheResultIsSeen) {
  detail::list_scheduler where;
  auto shared = std::make_shared<int>(1);
  auto f = call_on(where, [](std::shared_ptr<int> p) { return *p; }, shared);
  long at_completion = 0;
  f.on_done([&](auto&) { at_completion = shared.use_count(); });
  where.drain();
  EXPECT_EQ(at_completion, 1);
}

TEST(Submitted, AnErrorGoesToTheFuture) {
  detail::list_scheduler where;
  auto f = call_on(where, []() -> int { throw std::out_of_range("x"); });
  where.drain();
  EXPECT_THROW(f.get(), std::out_of_range);
}

}  // namespace
