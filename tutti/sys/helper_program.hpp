/// \file
/// A program started beside this one that tells something on its standard output and lives no
/// longer than we do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tutti/base/time.hpp>
#include <tutti/sys/descriptor.hpp>

namespace tutti::sys {

/// Threads:  one.
/// Lifetime: the destructor closes the helper's standard input (the sign to end), then ends and
/// reaps it. However this
///           process dies, the kernel closes that input too.
/// Wakes:    nobody.
/// Order:    none.
/// Cancel:   destroy it.
class helper_program {
 public:
  /// Starts `words[0]` with its arguments. Throws std::system_error.
  explicit helper_program(const std::vector<std::string>& words);
  ~helper_program();
  helper_program(const helper_program&) = delete;
  helper_program& operator=(const helper_program&) = delete;

  /// The next line of its standard output; empty when it ended or said nothing within `limit`.
  std::string read_line(duration limit);
  std::int64_t process() const noexcept { return process_; }

 private:
  std::int64_t process_ = 0;
  descriptor to_;
  descriptor from_;
};

/// The file this process runs.
std::string this_program();

}  // namespace tutti::sys
