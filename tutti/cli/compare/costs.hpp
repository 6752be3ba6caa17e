/// \file
/// What one of each model costs, without any work in it: to start and end one, to wake another and
/// be woken by it, to send it a message.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <tutti/cli/command.hpp>
#include <tutti/cli/screen.hpp>

namespace tutti::cli::compare {

/// Seconds for one, one sample a round.
struct model_costs {
  std::string model;
  std::string best_for;
  std::vector<double> start;      ///< from nothing to its end
  std::vector<double> hand_over;  ///< half of there and back, each waiting for the other
  std::vector<double> message;    ///< through a queue, with one that is busy reading
};

/// Tasks, threads and processes, measured in turns after a warm-up round; through the library's
/// public surface only. Throws what the system refuses (no more processes).
[[nodiscard]] std::vector<model_costs> measure_costs(unsigned rounds);

/// One row a model: medians with their ranges, and what the figures say.
[[nodiscard]] std::string costs_table(std::span<const model_costs> all, const screen& where);
[[nodiscard]] std::string costs_json(std::span<const model_costs> all);

/// `tutti compare costs`.
int run_costs(const arguments& words);

}  // namespace tutti::cli::compare
