/// \file
/// What a worker writes, read from its pipe and cut into lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <tutti/base/function.hpp>

namespace tutti::detail {

/// Threads:  the pool's supervisor.
/// Lifetime: its lane's.
/// Wakes:    nobody.
/// Order:    lines come as they were written.
/// Cancel:   nothing to cancel.
class output_lines {
 public:
  /// Reads what there is now, at most `bytes_max`, and gives every whole line to `take`. False at
  /// the end: nobody can write any more.
  bool read(int fd, std::size_t bytes_max, function_ref<void(std::string_view)> take);
  /// Gives the line that has no end yet, for one that will never get it.
  void finish(function_ref<void(std::string_view)> take);
  /// What came last: at most tail_max bytes of lines, and a line that has no end yet.
  std::string tail() const;

 private:
  static constexpr std::size_t tail_max = 4096;
  /// A longer line comes in pieces of so many bytes.
  static constexpr std::size_t line_max = 16384;

  void add(std::string_view text, function_ref<void(std::string_view)> take);
  void give(function_ref<void(std::string_view)> take);

  std::string begun_;  // a line without its end
  std::string tail_;
};

}  // namespace tutti::detail
