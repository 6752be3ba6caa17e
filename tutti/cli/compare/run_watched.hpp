/// \file
/// What the models that run on a loop have in common: a run that Ctrl-C ends.
#pragma once

#include <vector>

#include <tutti/cli/compare/result.hpp>
#include <tutti/core/task.hpp>

namespace tutti::cli::compare {

/// Runs the tasks on a loop of this thread and gives their results in order. Cut short by Ctrl-C it
/// gives fewer, which nobody counts.
[[nodiscard]] std::vector<item_result> run_watched(std::vector<task<item_result>> tasks);

}  // namespace tutti::cli::compare
