/// \file
/// Allocations that are told to fail: the site "memory".
#pragma once

#include <cstdint>
#include <string_view>

namespace tutti::detail {

inline constexpr std::string_view memory_site = "memory";

/// How many of those who want to be asked before each allocation there are on this thread: runs
/// with such a fault, and `testing::fault`s of that site. Zero in production and in other runs.
extern thread_local constinit std::uint32_t memory_is_watched;

/// While it lives, no allocation of the calling strand fails: what is allocated is the
/// laboratory's, and it may be allocated in one run of a schedule and not in the next.
class unfailing {
 public:
  unfailing() noexcept;
  ~unfailing() { --*depth_; }
  unfailing(const unfailing&) = delete;
  unfailing& operator=(const unfailing&) = delete;

 private:
  std::uint32_t* depth_;
};

}  // namespace tutti::detail
