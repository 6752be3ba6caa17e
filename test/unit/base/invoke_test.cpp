#include <tutti/base/invoke.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace {

struct counter {
  int value = 3;
  int add(int n) { return value += n; }
  int peek() const& { return value; }
  int taken() && { return std::exchange(value, 0); }
};
struct derived : counter {};

int twice(int n) { return 2 * n; }

TEST(Invoke, CallsFunctionsAndClosures) {
  EXPECT_EQ(tutti::detail::invoke(twice, 4), 8);
  int sum = 0;
  tutti::detail::invoke([&](int n) { sum += n; }, 5);
  EXPECT_EQ(sum, 5);
  auto owner = [text = std::make_unique<std::string>("a")]() mutable { return std::move(text); };
  EXPECT_EQ(*tutti::detail::invoke(std::move(owner)), "a");
  auto counts = [n = 0]() mutable { return ++n; };
  tutti::detail::invoke(std::ref(counts));
  EXPECT_EQ(tutti::detail::invoke(std::ref(counts)), 2) << "referred to, not copied";
}

TEST(Invoke, FindsTheObjectOfAMemberFunction) {
  counter c;
  derived d;
  auto owned = std::make_unique<counter>();
  EXPECT_EQ(tutti::detail::invoke(&counter::add, c, 1), 4);
  EXPECT_EQ(tutti::detail::invoke(&counter::add, &c, 1), 5);
  EXPECT_EQ(tutti::detail::invoke(&counter::add, std::ref(c), 1), 6);
  EXPECT_EQ(tutti::detail::invoke(&counter::add, d, 1), 4);
  EXPECT_EQ(tutti::detail::invoke(&counter::add, owned, 1), 4);
  EXPECT_EQ(tutti::detail::invoke(&counter::peek, std::as_const(c)), 6);
  EXPECT_EQ(tutti::detail::invoke(&counter::taken, std::move(c)), 6);
}

TEST(Invoke, GivesAMemberAsAReference) {
  counter c;
  tutti::detail::invoke(&counter::value, c) = 9;
  EXPECT_EQ(tutti::detail::invoke(&counter::value, std::as_const(c)), 9);
  static_assert(std::is_same_v<decltype(tutti::detail::invoke(&counter::value, c)), int&>);
}

}  // namespace
