/// \file
/// What processes cost: CPU time and the greatest resident memory. For measurements; nothing in the
/// library decides by it.
#pragma once

#include <cstdint>

#include <tutti/base/time.hpp>

namespace tutti::sys {

struct process_use {
  std::int64_t process = 0;      ///< its number
  duration cpu{};                ///< user and system time of all its threads since it started
  std::uint64_t peak_bytes = 0;  ///< greatest resident size since it started or since forget_peak()
};

/// This process. About a microsecond.
process_use this_process_use() noexcept;

/// Lets the greatest resident size start anew from what is resident now. False where the kernel
/// does not offer it.
bool forget_peak() noexcept;

/// CPU time of the calling thread.
duration this_thread_cpu() noexcept;

}  // namespace tutti::sys
