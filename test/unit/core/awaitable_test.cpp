#include <tutti/core/awaitable.hpp>

#include <coroutine>
#include <string>

#include <gtest/gtest.h>

#include <tutti/core/future.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/task.hpp>

namespace {

using namespace tutti;

struct with_three_functions {
  bool await_ready() const { return true; }
  void await_suspend(std::coroutine_handle<>) const {}
  std::string await_resume() const { return "three"; }
};
struct with_member {
  with_three_functions operator co_await() const { return {}; }
};
struct with_free {};
with_three_functions operator co_await(with_free) { return {}; }
struct with_nothing {};

TEST(Awaitable, IsWhatCoAwaitTakes) {
  static_assert(awaitable<with_three_functions>);
  static_assert(awaitable<with_member>);
  static_assert(awaitable<with_free>);
  static_assert(!awaitable<with_nothing>);
  static_assert(!awaitable<int>);
  static_assert(awaitable<task<int>>);
  static_assert(awaitable<future<int>>);
  static_assert(awaitable<shared_future<int>&>);
  static_assert(awaitable<decltype(yield())>);
}

TEST(Awaitable, SaysWhatItGives) {
  static_assert(std::same_as<await_result_t<with_three_functions>, std::string>);
  static_assert(std::same_as<await_result_t<with_member>, std::string>);
  static_assert(std::same_as<await_result_t<with_free>, std::string>);
  static_assert(std::same_as<await_result_t<task<int>>, int>);
  static_assert(std::same_as<await_result_t<task<>>, void>);
  static_assert(std::same_as<await_result_t<decltype(yield())>, void>);
}

}  // namespace
