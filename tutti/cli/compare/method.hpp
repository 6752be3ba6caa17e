/// \file
/// How models are compared: every model does the work once and the results are compared for
/// equality before anything is timed; then a warm-up; then rounds in which the models take turns in
/// rotating order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <tutti/cli/compare/result.hpp>

namespace tutti::cli::compare {

/// A way of doing the work. `run` does all of it once, from nothing (its pool is made and ended
/// inside) and returns one result per item, in the order of the items. It never throws for a
/// failing item.
struct model {
  std::string name;
  std::string note;
  unsigned workers = 1;
  std::function<std::vector<item_result>()> run;
};

/// What the method needs to know about the machine; tests put their own in.
struct machine {
  std::function<double()> seconds;            ///< steady clock
  std::function<double()> cpu_seconds;        ///< of this process
  std::function<std::uint64_t()> peak_bytes;  ///< of this process since the last forget_peak
  std::function<void()> forget_peak;
  std::function<bool()> interrupted;  ///< Ctrl-C was pressed
  std::int64_t self = 0;              ///< this process
};

[[nodiscard]] machine this_machine();

/// How far a comparison has come, for a progress bar.
struct progress {
  enum class stage { checking, warming, timing };
  stage at = stage::checking;
  std::size_t done = 0;
  std::size_t total = 0;
  std::string model;  ///< the one that runs next
};

struct method_options {
  unsigned rounds = 7;
  std::function<void(const progress&)> on_progress;  ///< may be empty
};

/// Thrown out of `measure` when `machine::interrupted` says so. Not an error: nothing is left
/// running.
struct comparison_interrupted {};

/// Runs the method on `models` and fills the rows, the standing, `disagreement` and `problems` of
/// the comparison. `names[i]` is what item i is called in a message.
[[nodiscard]] comparison measure(const std::vector<model>& models,
                                 const std::vector<std::string>& names,
                                 const method_options& options, const machine& here);

/// The sentence that tells where `other` differs from `reference`, or an empty one. Items that
/// failed in either are not compared: they are counted as failures.
[[nodiscard]] std::string first_difference(const std::string& reference_name,
                                           const std::vector<item_result>& reference,
                                           const std::string& other_name,
                                           const std::vector<item_result>& other,
                                           const std::vector<std::string>& names);

}  // namespace tutti::cli::compare
