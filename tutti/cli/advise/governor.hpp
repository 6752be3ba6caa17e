// How often to look, so that looking costs less than one percent of a core.
#pragma once

#include <algorithm>
#include <cstddef>

namespace tutti::cli::advise {

/// Turns the measured cost of each round into the time to the next one and into how many threads a
/// round may visit. Pure arithmetic: the caller measures.
class governor {
 public:
  static constexpr double budget_share = 0.005;  ///< aimed at; what is printed must stay under 0.01
  static constexpr double interval_min_s = 0.010;
  static constexpr double interval_max_s = 1.0;
  static constexpr double round_cost_max_s = 0.002;  ///< a longer round is cut into parts

  /// `cost_s`: processor time of the last round; `visited`: threads it looked at.
  void after_round(double cost_s, std::size_t visited) {
    if (visited > 0) {
      const double each = cost_s / static_cast<double>(visited);
      cost_each_s_ = cost_each_s_ <= 0 ? each : cost_each_s_ * 0.9 + each * 0.1;
    }
    spent_s_ += cost_s;
    cost_s_ = cost_s_ <= 0 ? cost_s : cost_s_ * 0.8 + cost_s * 0.2;
  }

  /// Time until the next round, given how long we have watched and what everything has cost so far.
  double interval_s(double elapsed_s, double total_cost_s) const {
    double interval = std::max(interval_min_s, cost_s_ / budget_share);
    // What was spent too much at the start (many threads appear at once) is paid back slowly.
    const double debt = total_cost_s - elapsed_s * budget_share;
    if (debt > 0) interval = std::max(interval, std::min(debt / budget_share, interval * 2));
    return std::min(interval, interval_max_s);
  }

  std::size_t visits_max() const {
    constexpr std::size_t least = 16;
    if (cost_each_s_ <= 0) return 256;
    return std::max(least, static_cast<std::size_t>(round_cost_max_s / cost_each_s_));
  }

  double spent_s() const { return spent_s_; }

 private:
  double cost_s_ = 0;
  double cost_each_s_ = 0;
  double spent_s_ = 0;
};

}  // namespace tutti::cli::advise
