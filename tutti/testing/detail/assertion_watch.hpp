/// \file
/// The seam to test frameworks.
#pragma once

#include <string>

namespace tutti::detail {

/// Assertions of a test framework: a failed one is a broken check.
struct assertion_watch {
  void (*begin)() = nullptr;
  /// What failed since begin(), or nothing; their output is kept back meanwhile.
  std::string (*end)() = nullptr;
};
void set_assertion_watch(assertion_watch watch) noexcept;

}  // namespace tutti::detail
