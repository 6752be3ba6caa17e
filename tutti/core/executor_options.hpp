/// \file
/// What every executor's calls may be told beside the work.
#pragma once

#include <cstddef>

namespace tutti {

/// Last argument of `map`, `imap` and `imap_unordered`: how many inputs go into one piece of work;
/// 0 lets the executor choose.
struct map_options {
  std::size_t chunk = 0;
};

/// Argument of `shutdown` and `async_shutdown`: work that has not started is cancelled instead of
/// done.
struct shutdown_options {
  bool cancel_pending = false;
};

}  // namespace tutti
