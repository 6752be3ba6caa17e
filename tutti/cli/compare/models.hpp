/// \file
/// The models: each does all pieces once, from nothing, and gives the results in the order of the
/// pieces.
#pragma once

#include <vector>

#include <tutti/cli/compare/method.hpp>
#include <tutti/cli/compare/piece.hpp>
#include <tutti/cli/compare/workload.hpp>

namespace tutti::cli::compare {

/// The models that make sense for this work, sequential first. They refer to `work.pieces`, which
/// must outlive them.
[[nodiscard]] std::vector<model> models_for(const request& wanted, const workload& work);

[[nodiscard]] model sequential_model(const std::vector<piece>& pieces);

}  // namespace tutti::cli::compare
