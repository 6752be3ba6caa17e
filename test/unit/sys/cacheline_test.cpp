#include <tutti/sys/cacheline.hpp>

#include <new>

#include <gtest/gtest.h>

namespace {

TEST(Cacheline, KeepsNeighboursApart) {
  struct pair {
    alignas(tutti::sys::cacheline) char one;
    alignas(tutti::sys::cacheline) char two;
  };
  const pair p{};
  EXPECT_GE(&p.two - &p.one, 128);
#if defined(__cpp_lib_hardware_interference_size)
  EXPECT_GE(tutti::sys::cacheline, std::hardware_destructive_interference_size);
#endif
}

}  // namespace
