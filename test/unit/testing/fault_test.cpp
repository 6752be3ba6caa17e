#include <tutti/testing/fault.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <system_error>

#include <tutti/sys/thread.hpp>
#include <tutti/sys/world.hpp>
#include <tutti/testing/explore.hpp>

namespace tutti {
namespace {
namespace lab = tutti::testing;

TEST(fault, delivers_each_number_once_and_in_order) {
  const lab::fault f{"some.call", EINTR, ECONNRESET};
  EXPECT_EQ(sys::injected_fault("another.call"), 0);
  EXPECT_EQ(sys::injected_fault("some.call"), EINTR);
  EXPECT_EQ(f.left(), 1U);
  EXPECT_EQ(sys::injected_fault("some.call"), ECONNRESET);
  EXPECT_EQ(sys::injected_fault("some.call"), 0);
}

TEST(fault, is_taken_back_with_its_block) {
  {
    const lab::fault f{"some.call", EIO};
  }
  EXPECT_EQ(sys::injected_fault("some.call"), 0);
}

TEST(fault, reaches_real_system_calls) {
  const lab::fault f{"thread.start", EAGAIN};
  EXPECT_THROW(sys::thread("x", [] {}), std::system_error);
  sys::thread works("y", [] {});
}

TEST(fault, reaches_simulations_by_chance) {
  const auto unlucky = [] {
    try {
      sys::thread t("x", [] {});
    } catch (const std::system_error&) {
      lab::check(false, "met");
    }
  };
  EXPECT_THROW(lab::explore({.schedules = 200, .faults = {{"thread.start", 0.1, EAGAIN}}}, unlucky),
               lab::failure);
  lab::explore({.schedules = 200, .faults = {{"thread.start", 0.0, EAGAIN}}}, unlucky);
}

}  // namespace
}  // namespace tutti
