/// \file
/// Which real files of the machine a comparison works on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tutti::cli::compare {

struct corpus {
  std::string root;                  ///< the folder, as given
  std::vector<std::string> files;    ///< paths below it, relative, sorted by bytes
  std::vector<std::uint64_t> sizes;  ///< of each, in the same order, when it was looked at
  std::uint64_t bytes = 0;           ///< of all of `files`
  std::size_t skipped = 0;           ///< regular files left out because of the limits below
  std::vector<std::string>
      unreadable;  ///< folders and files below that may not be read, the first few
  std::size_t unreadable_count = 0;
};

struct corpus_limits {
  std::size_t files_max = 1'000'000;
  std::uint64_t bytes_max = UINT64_MAX;
  std::uint64_t file_bytes_max = UINT64_MAX;
  bool prefers_large = false;  ///< of too many files the largest are kept, not an even spread
};

/// Every readable, not empty regular file below `root`; links are not followed. With limits the
/// files kept are spread evenly over the sorted list (or are the largest), the same ones each time.
/// Throws `error` with a sentence when `root` is no readable folder or holds no file.
[[nodiscard]] corpus find_files(const std::string& root, const corpus_limits& limits);

/// A folder with real files that every machine has: its documentation, else the current folder.
[[nodiscard]] std::string usual_folder();

}  // namespace tutti::cli::compare
