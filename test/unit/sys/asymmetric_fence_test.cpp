#include <tutti/sys/asymmetric_fence.hpp>

#include <gtest/gtest.h>

#include <tutti/sys/futex.hpp>
#include <tutti/sys/thread.hpp>

namespace {

using namespace tutti;

/// Store, fence, load on both sides: without the fences both may read the old value.
TEST(AsymmetricFence, OneOfTwoSeesTheOther) {
  constexpr int rounds = 2'000;
  sys::atomic<int> light{0};
  sys::atomic<int> heavy{0};
  sys::atomic<int> light_round{0};
  sys::atomic<int> heavy_round{0};
  int seen_by_light[rounds]{};
  int seen_by_heavy[rounds]{};
  const auto meet = [](sys::atomic<int>& mine, sys::atomic<int>& theirs, int round) {
    mine.store(round, sys::release);  // pairs: the acquire in the other thread's meet
    while (theirs.load(sys::acquire) < round) sys::cpu_relax();  // pairs: the release above
  };
  sys::thread other("light", [&] {
    for (int i = 0; i < rounds; ++i) {
      meet(light_round, heavy_round, i + 1);
      light.store(i + 1, sys::relaxed);
      sys::light_fence();
      seen_by_light[i] = heavy.load(sys::relaxed);
    }
  });
  for (int i = 0; i < rounds; ++i) {
    meet(heavy_round, light_round, i + 1);
    heavy.store(i + 1, sys::relaxed);
    sys::heavy_fence();
    seen_by_heavy[i] = light.load(sys::relaxed);
  }
  other.join();
  for (int i = 0; i < rounds; ++i)
    EXPECT_TRUE(seen_by_light[i] > i || seen_by_heavy[i] > i) << "round " << i;
}

}  // namespace
