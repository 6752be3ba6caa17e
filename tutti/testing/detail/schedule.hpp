/// \file
/// A schedule as text and as numbers: where it departs from what would have happened by itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tutti::detail {

/// At its `step`-th decision, strand `from` gives way to strand `to`; or, under weak memory, what
/// it reads there is a value `to` stores old. Counted by the strand's own steps, so that taking out
/// one departure moves the others little.
struct departure {
  enum class kind : unsigned char { switches, reads_old };
  std::uint32_t from;
  std::uint32_t step;
  std::uint32_t to;
  kind what = kind::switches;
  friend bool operator==(const departure&, const departure&) = default;
};

/// What is not said follows the fair rule: a strand goes on until it waits, ends, gives way or has
/// had its turn; then the next one by number.
using schedule = std::vector<departure>;

/// "1.5>2,2.3<1": one word; "straight" when it departs nowhere.
std::string to_text(const schedule& s);

/// What a failure printed, or a bare schedule. Throws `error` with a sentence when there is none.
struct recorded_run {
  std::uint64_t seed = 0;
  std::string strategy;  ///< that found it; empty if the text does not say
  schedule choices;
};
recorded_run read_recorded_run(std::string_view text);

}  // namespace tutti::detail
