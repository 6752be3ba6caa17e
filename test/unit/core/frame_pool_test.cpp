#include <tutti/core/frame_pool.hpp>

#include <cstring>
#include <vector>

#include <gtest/gtest.h>

#include <tutti/sys/thread.hpp>

namespace {

using tutti::detail::frame_pool;

TEST(FramePool, GivesABlockOfTheSameSizeAgain) {
  void* const first = frame_pool::allocate(200);
  std::memset(first, 1, 200);
  frame_pool::release(first, 200);
  void* const second = frame_pool::allocate(250);  // the same class of 64 bytes
  if constexpr (tutti::detail::frames_are_pooled) {
    EXPECT_EQ(first, second);
  }
  frame_pool::release(second, 250);
}

TEST(FramePool, EverySizeIsBigEnoughAndAligned) {
  std::vector<std::pair<void*, std::size_t>> blocks;
  for (std::size_t size : {1U, 63U, 64U, 65U, 1023U, 1024U, 1025U, 100'000U}) {
    void* const p = frame_pool::allocate(size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(p) % __STDCPP_DEFAULT_NEW_ALIGNMENT__, 0U);
    std::memset(p, 0x55, size);
    blocks.emplace_back(p, size);
  }
  for (auto [p, size] : blocks) frame_pool::release(p, size);
}

TEST(FramePool, ABlockMayBeFreedElsewhere) {
  std::vector<void*> blocks;
  for (int i = 0; i < 10'000; ++i) blocks.push_back(frame_pool::allocate(64));
  tutti::sys::thread other("other", [&] {
    for (void* p : blocks) frame_pool::release(p, 64);  // more than one list keeps
  });
  other.join();
}

}  // namespace
