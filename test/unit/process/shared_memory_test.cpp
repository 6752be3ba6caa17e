#include <tutti/process/shared_memory.hpp>

#include <gtest/gtest.h>

#include <string>
#include <system_error>

#include <unistd.h>

namespace {

using tutti::shared_memory;

TEST(shared_memory, has_a_name_while_its_maker_lives) {
  const std::string name = "tutti-test-" + std::to_string(::getpid());
  {
    const auto made = shared_memory::create(name, 4096);
    const auto opened = shared_memory::open(name);
    made.span()[4095] = std::byte{7};
    EXPECT_EQ(opened.span()[4095], std::byte{7});
    EXPECT_EQ(opened.size(), 4096U);
    EXPECT_THROW(shared_memory::create(name, 1), std::system_error);
  }
  EXPECT_THROW(shared_memory::open(name), std::system_error);
}

}  // namespace
