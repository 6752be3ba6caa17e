/// \file
/// Searches, shrinks and tells: what lies between `explore` and single runs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <tutti/base/function.hpp>
#include <tutti/testing/detail/assertion_watch.hpp>
#include <tutti/testing/detail/simulation.hpp>

namespace tutti::detail {

/// One scenario under examination.
///
/// Threads:  one.
/// Lifetime: within one explore or replay.
/// Wakes:    nobody.
/// Order:    runs one after the other.
/// Cancel:   cannot be.
class laboratory {
 public:
  /// What all runs of a search have in common.
  struct conditions {
    std::uint64_t steps_max = 1'000'000;
    std::vector<fault_chance> faults;
    bool swarm = false;
    duration timer_jitter{};
    bool weak_memory = false;
  };
  laboratory(function_ref<void()> scenario, conditions c)
      : scenario_(scenario), conditions_(std::move(c)) {}

  run_result run(chooser& who, std::uint64_t seed, trace* record = nullptr,
                 bool wants_counts = false);
  /// Shrinks `found`, paints it, and throws it.
  [[noreturn]] void tell(const run_result& found, const std::string& strategy, std::uint64_t seed);

 private:
  simulation world_;
  function_ref<void()> scenario_;
  conditions conditions_;
};

/// Draws the lanes into the file that TUTTI_SVG names, if it does.
void draw_on_request(const trace& t);

/// The text of a failure: the line, the lanes, how to see it again.
std::string failure_text(const run_result& r, const std::string& strategy, std::uint64_t seed,
                         const std::string& picture);

}  // namespace tutti::detail
