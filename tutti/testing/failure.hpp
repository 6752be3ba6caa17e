/// \file
/// How a test says that something is wrong, and what the explorer throws when it has found it.
#pragma once

#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>

#include <tutti/base/error.hpp>

namespace tutti::testing {

/// What `explore`, `replay` and `run_virtual` throw when a run went wrong.
///
/// `what()` starts with one line: the verdict (`deadlock`, `livelock`, `leak`, a broken check, an
/// exception) with its participants, then strategy, seed, steps and schedule; below it, the
/// smallest schedule found as lanes, one column a strand. The same seed gives the same text. Hand
/// the text to `replay`, or put it into TUTTI_REPLAY, to see it again.
class failure : public error {
 public:
  explicit failure(const std::string& text, std::uint64_t seed = 0, std::string_view schedule = {})
      : error(text), seed_(seed), schedule_(schedule) {}
  /// `explore({.seed = f.seed()}, …)` meets it in its first seeded run.
  std::uint64_t seed() const noexcept { return seed_; }
  /// The choices of the smallest run found, as one word.
  const std::string& schedule() const noexcept { return schedule_; }

 private:
  std::uint64_t seed_;
  std::string schedule_;
};

/// Says what must hold. If it does not: in a simulation the run ends here with this verdict,
/// whatever the code around catches; elsewhere it throws `failure`.
void check(bool holds, std::source_location where = std::source_location::current());
/// The same with a sentence of your own.
void check(bool holds, std::string_view text,
           std::source_location where = std::source_location::current());

}  // namespace tutti::testing
