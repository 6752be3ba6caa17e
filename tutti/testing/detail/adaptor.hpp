/// \file
/// What the adaptors of all test frameworks have in common.
#pragma once

#include <string>
#include <string_view>

#include <tutti/base/time.hpp>
#include <tutti/testing/checkpoints.hpp>
#include <tutti/testing/detail/assertion_watch.hpp>
#include <tutti/testing/explore.hpp>
#include <tutti/testing/leak_check.hpp>
#include <tutti/testing/run_virtual.hpp>
#include <tutti/testing/sequencer.hpp>
#include <tutti/testing/shared.hpp>
#include <tutti/testing/wait_all_blocked.hpp>

namespace tutti::testing {
/// How long a test of `TUTTI_TEST` may take, by the virtual clock.
inline constexpr duration test_time_max = std::chrono::hours(24 * 365);
}  // namespace tutti::testing

namespace tutti::detail {

/// Adds one failed assertion to what a run will be blamed for.
inline void add_failed_assertion(std::string& all, std::string_view file, std::size_t line,
                                 std::string_view text) {
  if (const auto slash = file.rfind('/'); slash != file.npos) file.remove_prefix(slash + 1);
  all += all.empty() ? "assertion failed at " : "\n";
  all += std::string(file) + ":" + std::to_string(line) + ": ";
  all += text;
}

}  // namespace tutti::detail
