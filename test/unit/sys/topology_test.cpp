#include <tutti/sys/topology.hpp>

#include <sched.h>

#include <tutti/sys/thread.hpp>

#include <gtest/gtest.h>

namespace {

TEST(Topology, RespectsTheAffinityMask) {
  EXPECT_GE(tutti::sys::effective_cores(), 1U);
  unsigned pinned = 0;
  tutti::sys::thread t("pinned", [&] {
    cpu_set_t all;
    ASSERT_EQ(sched_getaffinity(0, sizeof all, &all), 0);
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (!CPU_ISSET(cpu, &all)) continue;
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(cpu, &one);
      ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
      break;
    }
    pinned = tutti::sys::effective_cores();
  });
  t.join();
  EXPECT_EQ(pinned, 1U);
}

}  // namespace
