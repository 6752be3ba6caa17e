#include <tutti/cli/compare/statistics.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace tutti::cli::compare {

namespace {

double quantile(const std::vector<double>& sorted, double at) {
  const double position = at * static_cast<double>(sorted.size() - 1);
  const double below = std::floor(position);
  const auto index = static_cast<std::size_t>(below);
  const std::size_t next = std::min(index + 1, sorted.size() - 1);
  return sorted[index] + (position - below) * (sorted[next] - sorted[index]);
}

}  // namespace

summary summarise(std::span<const double> samples) {
  summary out;
  if (samples.empty()) return out;
  std::vector<double> sorted(samples.begin(), samples.end());
  std::sort(sorted.begin(), sorted.end());
  out.median = quantile(sorted, 0.5);
  out.least = sorted.front();
  out.greatest = sorted.back();
  out.lower_quartile = quantile(sorted, 0.25);
  out.upper_quartile = quantile(sorted, 0.75);
  out.rounds = sorted.size();
  return out;
}

bool overlap(const summary& a, const summary& b) noexcept {
  return a.least <= b.greatest && b.least <= a.greatest;
}

std::vector<place> places(std::span<const summary> models) {
  std::vector<place> out(models.size(), place::behind);
  if (models.size() < 2) return out;
  const auto fastest =
      std::min_element(models.begin(), models.end(),
                       [](const summary& a, const summary& b) { return a.median < b.median; });
  const auto leader = static_cast<std::size_t>(fastest - models.begin());
  out[leader] = place::first;
  for (std::size_t i = 0; i < models.size(); ++i) {
    if (i == leader || !overlap(models[i], models[leader])) continue;
    out[i] = out[leader] = place::tie_for_first;
  }
  for (std::size_t i = 0; i < models.size(); ++i) {
    if (out[i] != place::behind && out[i] != place::tie) continue;
    for (std::size_t k = i + 1; k < models.size(); ++k) {
      if ((out[k] == place::behind || out[k] == place::tie) && overlap(models[i], models[k]))
        out[i] = out[k] = place::tie;
    }
  }
  return out;
}

std::vector<std::size_t> rotation(std::size_t round, std::size_t models) {
  std::vector<std::size_t> order(models);
  for (std::size_t i = 0; i < models; ++i) order[i] = (i + round) % models;
  return order;
}

std::size_t greatest_overlap(std::span<const interval> stays) {
  std::vector<std::pair<std::int64_t, int>> steps;
  steps.reserve(stays.size() * 2);
  for (const interval& stay : stays) {
    if (stay.ended_ns <= stay.began_ns) continue;
    steps.emplace_back(stay.began_ns, +1);
    steps.emplace_back(stay.ended_ns, -1);
  }
  std::sort(steps.begin(),
            steps.end());  // at one instant the endings (-1) come before the beginnings
  std::size_t now = 0;
  std::size_t most = 0;
  for (const auto& [when, step] : steps) {
    now = step > 0 ? now + 1 : now - 1;
    most = std::max(most, now);
  }
  return most;
}

}  // namespace tutti::cli::compare
