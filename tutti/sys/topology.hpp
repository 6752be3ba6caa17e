/// \file
/// How many processors this process may really use.
#pragma once

namespace tutti::sys {

/// Processors by affinity mask, lowered by the cgroup quota (v1 and v2), at least 1. Read anew at
/// every call.
unsigned effective_cores() noexcept;

}  // namespace tutti::sys
