#include <tutti/async/plain_driver.hpp>

#include <chrono>

#include <gtest/gtest.h>

#include <tutti/async/tcp.hpp>
#include <tutti/base/clock.hpp>
#include <tutti/base/error.hpp>
#include <tutti/core/sleep.hpp>

namespace tutti::detail {
namespace {

TEST(PlainDriver, AnInterruptBeforeTheWaitEndsIt) {
  plain_driver d;
  d.interrupt();
  d.wait(time_point::max());
  d.poll();
  EXPECT_EQ(d.engine(), nullptr);
}

TEST(PlainDriver, WaitsNoLongerThanTheDeadline) {
  plain_driver d;
  const time_point deadline = clock::now() + std::chrono::milliseconds(1);
  d.wait(deadline);
  EXPECT_GE(clock::now(), deadline);
}

}  // namespace
}  // namespace tutti::detail
