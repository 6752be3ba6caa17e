/// \file
/// One piece of a workload, and how plain code does it: the same function runs sequentially, on
/// threads and in worker processes, so that only the model differs.
#pragma once

#include <cstdint>
#include <string>

#include <tutti/base/time.hpp>
#include <tutti/cli/compare/http.hpp>
#include <tutti/cli/compare/result.hpp>

namespace tutti::cli::compare {

/// Plain values only: a piece also crosses to worker processes.
struct piece {
  std::string name;  ///< what it is called in messages
  std::string host;  ///< empty: nothing to fetch
  std::uint16_t port = 0;
  std::string target;
  std::string path;           ///< a file to crunch, when there is nothing to fetch
  bool crunches = false;      ///< what was fetched is crunched too
  bool knows_answer = false;  ///< the two below hold what must arrive
  std::uint64_t answer_bytes = 0;
  std::uint64_t answer_checksum = 0;
};

inline constexpr duration fetch_limit = std::chrono::seconds(30);  ///< one question and its answer

/// Does the piece on the calling thread, blocking. Never throws: what fails becomes the problem.
[[nodiscard]] item_result do_piece(const piece& what);

/// The steps of it, for models that put them in different places. `fetched` is what a reader made
/// of the answer.
[[nodiscard]] item_result judge_answer(const piece& what, const answer_reader& fetched);
/// "NAME: why", cut to a readable length.
[[nodiscard]] item_result failed_piece(const piece& what, const std::string& why);
/// Stamps: begun now; ended now, in this process at this cost.
[[nodiscard]] std::int64_t now_ns() noexcept;
void sign(item_result& result, std::int64_t began_ns) noexcept;

}  // namespace tutti::cli::compare
