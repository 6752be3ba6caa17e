/// \file
/// How many CPUs the machine really gives at this moment, by doing work and not by asking.
#pragma once

#include <cstdint>
#include <span>

namespace tutti::cli::compare {

/// What one of the measuring threads did: pieces of equal work, and its fastest piece.
struct core_probe {
  std::uint64_t pieces = 0;
  double fastest_piece = 0;  ///< seconds
};

/// CPUs' worth of work done in `wall` seconds, against one CPU that is never disturbed: the fastest
/// piece seen by anybody, `alone` included (what a single thread needed before the others started,
/// so that two threads sharing one core do not count as two).
[[nodiscard]] double effective_cores(std::span<const core_probe> probes, double alone,
                                     double wall) noexcept;

struct cores_found {
  double effective = 0;  ///< measured
  unsigned seen = 0;     ///< by affinity mask and cgroup quota
};

/// Measures for about a quarter of a second with as many threads as there are CPUs (at most 64).
[[nodiscard]] cores_found measure_cores();

}  // namespace tutti::cli::compare
