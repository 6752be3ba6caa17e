#include <tutti/base/function.hpp>

#include <array>
#include <memory>

#include <gtest/gtest.h>

namespace {

using tutti::detail::function;
using tutti::detail::function_ref;

TEST(Function, OwnsSmallAndLargeCallables) {
  auto owned = std::make_unique<int>(3);
  function<int(int)> small([p = std::move(owned)](int x) { return *p + x; });
  std::array<int, 64> many{};
  many[5] = 7;
  function<int(int)> large([many](int i) { return many[static_cast<std::size_t>(i)]; });
  EXPECT_EQ(small(1), 4);
  EXPECT_EQ(large(5), 7);
  function<int(int)> moved = std::move(small);
  EXPECT_FALSE(small);
  EXPECT_EQ(moved(2), 5);
  moved = std::move(large);
  EXPECT_EQ(moved(5), 7);
}

TEST(Function, DestroysWhatItHeld) {
  auto shared = std::make_shared<int>(1);
  function<void()> f([shared] {});
  EXPECT_EQ(shared.use_count(), 2);
  f.reset();
  EXPECT_EQ(shared.use_count(), 1);
}

TEST(FunctionDeathTest, AnEmptyOneSaysSo) {
  function<void()> f;
  EXPECT_DEATH(f(), "empty callable");
}

TEST(FunctionRef, RefersWithoutOwning) {
  int calls = 0;
  auto count = [&](int n) { return calls += n; };
  function_ref<int(int)> r = count;
  EXPECT_EQ(r(2), 2);
  EXPECT_EQ(r(3), 5);
}

}  // namespace
