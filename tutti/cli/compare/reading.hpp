/// \file
/// The sentences under the table: what the figures mean for somebody who has to choose. Each
/// sentence is only written when the figures carry it, and holds the figure that carries it.
#pragma once

#include <string>
#include <vector>

#include <tutti/cli/compare/result.hpp>

namespace tutti::cli::compare {

/// At most four sentences, the most useful first.
[[nodiscard]] std::vector<std::string> read_comparison(const comparison& what);

/// A command line worth trying after this comparison.
[[nodiscard]] std::vector<std::string> next_steps(const comparison& what);

}  // namespace tutti::cli::compare
