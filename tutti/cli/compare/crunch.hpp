/// \file
/// The computing half of the workloads: checksum and compress bytes. A pure function of the bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <tutti/cli/compare/result.hpp>

namespace tutti::cli::compare {

/// CRC-32 of what is fed and of its zlib form (level 6). Memory does not grow with the input.
class cruncher {
 public:
  cruncher();
  ~cruncher();
  cruncher(const cruncher&) = delete;
  cruncher& operator=(const cruncher&) = delete;

  void feed(std::string_view bytes);
  /// Fills bytes, checksum, packed_bytes and packed_checksum. Once, at the end.
  void finish(item_result& into);

 private:
  struct stream;
  std::unique_ptr<stream> stream_;
};

/// Crunches one file in blocks. A file that cannot be read gives a problem that names it. Between
/// blocks it asks `give_up` (may be null) and stops with a problem when told so.
[[nodiscard]] item_result crunch_file(const std::string& path, bool (*give_up)() noexcept);

/// Crunches what is in memory.
[[nodiscard]] item_result crunch_bytes(std::string_view bytes);

}  // namespace tutti::cli::compare
