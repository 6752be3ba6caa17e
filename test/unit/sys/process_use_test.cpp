#include <tutti/sys/process_use.hpp>

#include <gtest/gtest.h>

#include <vector>

#include <tutti/base/config.hpp>

namespace sys = tutti::sys;

namespace {

TEST(ProcessUse, CpuTimeOfWorkIsSeen) {
  const auto before = sys::this_process_use();
  const auto thread_before = sys::this_thread_cpu();
  volatile std::uint64_t sum = 0;
  while (sys::this_thread_cpu() == thread_before) sum = sum + 1;
  const auto after = sys::this_process_use();
  EXPECT_GT(after.cpu, before.cpu);
  EXPECT_EQ(after.process, before.process);
  EXPECT_GT(after.process, 0);
}

TEST(ProcessUse, ThePeakGrowsWithWhatIsTouchedAndCanBeForgotten) {
  const auto before = sys::this_process_use().peak_bytes;
  constexpr std::size_t size = 32U << 20U;
  {
    std::vector<char> block(size, 'x');
    EXPECT_GE(sys::this_process_use().peak_bytes, before + size / 2);
    EXPECT_EQ(block[size - 1], 'x');
  }
#if !defined(TUTTI_ASAN) && !defined(TUTTI_TSAN)
  const auto high = sys::this_process_use().peak_bytes;
  if (sys::forget_peak()) {
    EXPECT_LT(sys::this_process_use().peak_bytes, high);
  }
#endif
}

}  // namespace
