/// \file
/// How many processors this process may really use.
#pragma once

namespace tutti::sys {

/// Processors by affinity mask, lowered by the cgroup quota (v1 and v2) and divided among those the
/// process shares them with, at least 1. Read anew at every call.
unsigned effective_cores() noexcept;
/// From here on this process is one of `parties` that share what it had so far: a worker, one of
/// several.
void share_cores(unsigned parties) noexcept;

}  // namespace tutti::sys
