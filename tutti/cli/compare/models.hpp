/// \file
/// The models: each does all pieces once, from nothing, and gives the results in their order. All
/// but the first use the library's public surface only, as a program of anybody's would.
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
/// A thread_pool of `workers`, one blocking call a piece.
[[nodiscard]] model threads_model(const std::vector<piece>& pieces, unsigned workers);
/// One event loop, one coroutine a piece, `workers` of them at once. Computing is done on the loop.
[[nodiscard]] model coroutines_model(const std::vector<piece>& pieces, unsigned workers);
/// A process_pool of `workers`, one blocking call a piece.
[[nodiscard]] model processes_model(const std::vector<piece>& pieces, unsigned workers);
/// One event loop fetches, `workers` at once; a thread_pool of `cores` computes.
[[nodiscard]] model hybrid_threads_model(const std::vector<piece>& pieces, unsigned workers,
                                         unsigned cores);
/// The same with a process_pool.
[[nodiscard]] model hybrid_processes_model(const std::vector<piece>& pieces, unsigned workers,
                                           unsigned cores);

}  // namespace tutti::cli::compare
