/// \file
/// Makes a run that failed as small as it can be while it fails in the same way.
#pragma once

#include <cstdint>
#include <string>

#include <tutti/base/function.hpp>
#include <tutti/base/time.hpp>
#include <tutti/testing/detail/simulation.hpp>

namespace tutti::detail {

/// What went wrong, without what differs from run to run (numbers, states of bystanders): two runs
/// of which this is equal show the same bug.
std::string kind_of(const run_result& r);

/// Looks for the run with the fewest departures, and of these for the shortest. First it takes
/// departures out of what was found, large groups first, then two at a time, and lets those that
/// stay come earlier. Then it walks anew, each time departing at random but seldom, and does the
/// same to every failure of the same kind: what was found may be far from the simplest story.
///
/// Source: Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input" (2002).
///
/// Threads:  one.
/// Lifetime: one search.
/// Wakes:    nobody.
/// Order:    runs one after the other.
/// Cancel:   cannot be. The budget is counted in runs and steps, so that one seed gives one text;
///           the clock is only the last resort.
class shrinker {
 public:
  using runs_it = function_ref<run_result(chooser&)>;
  shrinker(runs_it run, run_result found, std::uint64_t seed);
  run_result smallest();

 private:
  struct budget {
    std::uint64_t runs;
    std::uint64_t steps;
  };
  bool is_same(const run_result& r) const { return r.what == what_ && kind_of(r) == kind_; }
  static bool is_smaller(const run_result& a, const run_result& b) noexcept;
  run_result run(chooser& who);
  bool attempt(run_result& best, const schedule& candidate);
  bool is_spent() const;
  void grant(budget b);
  void reduce(run_result& best);
  bool drop_groups(run_result& best, std::size_t length);
  bool drop_pairs(run_result& best);
  bool come_earlier(run_result& best);
  void start_elsewhere(run_result& best);

  runs_it run_;
  run_result found_;
  verdict what_;
  std::string kind_;
  random dice_;
  time_point late_;
  budget spent_{0, 0};
  budget limit_{0, 0};
};

}  // namespace tutti::detail
