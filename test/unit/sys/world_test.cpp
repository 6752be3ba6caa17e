#include <tutti/sys/world.hpp>

#include <cerrno>

#include <gtest/gtest.h>

namespace {

TEST(World, NullMeansTheRealOne) {
  EXPECT_EQ(tutti::sys::current_world, nullptr);
  tutti::sys::decide(tutti::sys::operation::lock, nullptr);
  EXPECT_NE(tutti::sys::random_bits(), tutti::sys::random_bits());
}

TEST(World, FaultSourceAnswersBySite) {
  EXPECT_EQ(tutti::sys::injected_fault("net.read"), 0);
  auto* const before = tutti::sys::set_fault_source(
      [](std::string_view site) noexcept { return site == "net.read" ? EINTR : 0; });
  EXPECT_EQ(tutti::sys::injected_fault("net.read"), EINTR);
  EXPECT_EQ(tutti::sys::injected_fault("net.write"), 0);
  tutti::sys::set_fault_source(before);
}

}  // namespace
