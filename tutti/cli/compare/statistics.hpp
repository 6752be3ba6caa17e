/// \file
/// What a handful of timings may honestly say: median, range, quartiles, and whether two models
/// differ at all. Everything here is a pure function of its arguments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tutti::cli::compare {

/// The samples of one quantity over the rounds of one model.
struct summary {
  double median = 0;
  double least = 0;
  double greatest = 0;
  double lower_quartile = 0;
  double upper_quartile = 0;
  std::size_t rounds = 0;
};

/// Median, range and quartiles (linear between neighbours, as R's type 7). No samples: all zero.
[[nodiscard]] summary summarise(std::span<const double> samples);

/// True when the ranges of two models share a point: then nothing was shown, and the table says
/// `tie`.
[[nodiscard]] bool overlap(const summary& a, const summary& b) noexcept;

/// Where a model stands among the others.
enum class place { behind, tie, first, tie_for_first };

/// One place per model. The smallest median leads; whoever overlaps the leader ties for first; of
/// the rest, whoever overlaps another of the rest is a tie. With one model nobody is first, since
/// nobody was beaten.
[[nodiscard]] std::vector<place> places(std::span<const summary> models);

/// The order in which the models run in one round: rotated by one each round, so that none always
/// goes first (cold caches) or always follows the same neighbour's heat. Every model occurs exactly
/// once.
[[nodiscard]] std::vector<std::size_t> rotation(std::size_t round, std::size_t models);

/// One item's stay in the work, on the steady clock (which all processes of a machine share).
struct interval {
  std::int64_t began_ns = 0;
  std::int64_t ended_ns = 0;
};

/// The greatest number of intervals that hold at one instant. One that ends when another begins
/// does not overlap it.
[[nodiscard]] std::size_t greatest_overlap(std::span<const interval> stays);

}  // namespace tutti::cli::compare
