/// \file
/// How far apart two things must lie that different cores write.
#pragma once

#include <cstddef>

namespace tutti::sys {

/// Two 64-byte lines: the neighbour is prefetched along on x86.
inline constexpr std::size_t cacheline = 128;

}  // namespace tutti::sys
