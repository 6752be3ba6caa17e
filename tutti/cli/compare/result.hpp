/// \file
/// The figures a comparison is made of: what one item gave, what one model did in all its rounds,
/// and the whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <tutti/cli/compare/statistics.hpp>

namespace tutti::cli::compare {

/// What working on one item gave. Plain values only: it also crosses from worker processes.
struct item_result {
  std::string problem;             ///< empty when it worked; else a sentence that says what did not
  std::uint64_t bytes = 0;         ///< length of what was read or fetched
  std::uint64_t checksum = 0;      ///< CRC-32 of it
  std::uint64_t packed_bytes = 0;  ///< length once compressed (0 where nothing is compressed)
  std::uint64_t packed_checksum = 0;  ///< CRC-32 of the compressed bytes
  std::int64_t began_ns = 0;          ///< steady clock
  std::int64_t ended_ns = 0;
  std::int64_t worker = 0;         ///< process that did it
  std::int64_t worker_cpu_ns = 0;  ///< CPU time of that process since it started
  std::uint64_t worker_peak = 0;   ///< its greatest resident size so far, bytes
};

/// Whether two models did the same work on an item. Times and places do not count.
[[nodiscard]] inline bool same_work(const item_result& a, const item_result& b) noexcept {
  return a.bytes == b.bytes && a.checksum == b.checksum && a.packed_bytes == b.packed_bytes &&
         a.packed_checksum == b.packed_checksum;
}

/// One model's line of the table.
struct row {
  std::string model;
  std::string note;      ///< how it works, for the report
  unsigned workers = 1;  ///< how many at once it was asked for
  std::string refused;   ///< not empty: it could not run at all, and why; then there are no figures
  std::vector<double> samples;  ///< seconds of each timed round, in the order they ran
  summary seconds;
  summary cpu;  ///< CPU seconds of the whole process tree
  std::uint64_t peak_bytes =
      0;                      ///< greatest resident size of all its processes together, any round
  std::size_t in_flight = 0;  ///< greatest number of items begun and not ended, any round
  std::size_t failures = 0;   ///< items that failed, over all timed rounds
  place standing = place::behind;
};

/// A whole comparison. `disagreement` is not empty when two models gave different results: then no
/// row has timings.
struct comparison {
  std::string workload;  ///< fetch, crunch or mixed
  std::string title;     ///< "160 fetches, 20 ms each"
  std::size_t items = 0;
  std::uint64_t bytes = 0;  ///< of all items, once
  unsigned rounds = 0;
  std::vector<row> rows;
  std::string disagreement;
  std::vector<std::string> problems;  ///< what failed, the first few, each once
  double effective_cores = 0;         ///< measured; 0 when it was not
  unsigned cpus_seen = 0;
  std::vector<std::string> reading;
};

}  // namespace tutti::cli::compare
