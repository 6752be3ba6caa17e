// How many schedules a suite explores: a hundred thousand, or what TUTTI_SCHEDULES says (`make
// soak`), and few where every step is dear.
#pragma once

#include <cstdint>
#include <cstdlib>

#include <tutti/base/config.hpp>
#include <tutti/testing/explore.hpp>

inline tutti::testing::options budget(
    tutti::testing::strategy how = tutti::testing::strategy::portfolio) {
#if defined(TUTTI_TSAN) || defined(TUTTI_ASAN) || !defined(__clang__)
  std::uint64_t schedules = 2'000;
#else
  std::uint64_t schedules = 100'000;
#endif
  if (const char* const wish = std::getenv("TUTTI_SCHEDULES"); wish != nullptr) {
    schedules = std::strtoull(wish, nullptr, 10);
  }
  return {.schedules = schedules, .strategy = how, .steps_max = 100'000};
}
