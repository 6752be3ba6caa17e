/// \file
/// From what the command line asks for to the list of pieces: which files, which addresses, and the
/// helper that serves.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <tutti/base/time.hpp>
#include <tutti/cli/command.hpp>
#include <tutti/cli/compare/corpus.hpp>
#include <tutti/cli/compare/piece.hpp>
#include <tutti/sys/helper_program.hpp>

namespace tutti::cli::compare {

enum class kind { fetch, crunch, mixed };
[[nodiscard]] std::string_view name_of(kind what) noexcept;

/// What the user asked for; zero means "as usual for this kind".
struct request {
  kind what = kind::fetch;
  std::vector<std::string> addresses;  ///< fetch, mixed: pages to get; none: the bundled server's
  std::string folder;                  ///< crunch: files to work on; else: files to serve
  std::size_t items = 0;
  duration latency = std::chrono::milliseconds(20);  ///< of the bundled server
  std::vector<unsigned> workers;                     ///< how many at once, one row for each
  unsigned rounds = 7;
};

/// The pieces, and what has to stay alive while they run.
struct workload {
  std::string title;
  std::vector<piece> pieces;
  std::vector<std::string> names;  ///< of the pieces
  std::vector<std::string> notes;  ///< what the user should know before the table
  std::unique_ptr<sys::helper_program> server;
};

/// Finds files, reads addresses, starts the server. Throws `error` with a sentence for the user.
[[nodiscard]] workload prepare(const request& wanted);

/// "/a%20b": a path below the served folder as a target.
[[nodiscard]] std::string target_of(const std::string& path);

/// The files the bundled server offers: the same for whoever asks with the same words. Where they
/// are computed on as well, the largest ones are taken, so that both halves of the work weigh.
[[nodiscard]] corpus served_files(const std::string& folder, std::size_t items, bool prefers_large);

/// The bundled server: `tutti compare serve FOLDER ITEMS LATENCY_NS [large]`. Prints its
/// port, then serves until its standard input ends. Not for people.
int run_server(const arguments& words);

}  // namespace tutti::cli::compare
