#include <tutti/sys/wall_clock.hpp>

#include <ctime>

#include <gtest/gtest.h>

#include <tutti/base/clock.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/testing/run_virtual.hpp>

namespace tutti {
namespace {
using namespace std::chrono_literals;

TEST(WallClock, AgreesWithTheCLibrary) {
  const std::time_t before = std::time(nullptr);
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(sys::wall_now()).count();
  EXPECT_GE(now + 1, before);
  EXPECT_LE(now, std::time(nullptr) + 1);
}

TEST(WallClock, IsTheVirtualClockInASimulation) {
  testing::run_virtual([]() -> task<> {
    const duration start = sys::wall_now();
    co_await sleep(24h);
    EXPECT_EQ(sys::wall_now() - start, 24h);
    EXPECT_EQ(sys::wall_now(), clock::now().time_since_epoch());
  }());
}

}  // namespace
}  // namespace tutti
