#include <tutti/core/spawned.hpp>

#include <utility>

#include <gtest/gtest.h>

#include "list_scheduler.hpp"

namespace {

using namespace tutti;

TEST(Spawned, ATaskStartsOnce) {
  detail::list_scheduler where;
  task<int> t = []() -> task<int> { co_return 1; }();
  task<int> moved = std::move(t);
  EXPECT_THROW(detail::start_on(where, std::move(t)), error);  // NOLINT: that is the point
  future<int> f = detail::start_on(where, std::move(moved));
  where.drain();
  EXPECT_EQ(f.get(), 1);
}

}  // namespace
