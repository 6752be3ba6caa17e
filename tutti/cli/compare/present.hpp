/// \file
/// A comparison as a table for people, as JSON for programs and as a page with charts.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <tutti/cli/compare/result.hpp>
#include <tutti/cli/screen.hpp>

namespace tutti::cli::compare {

/// The table and the sentences below it. When the models disagreed there is no timing in it.
[[nodiscard]] std::string as_table(const comparison& what, const screen& where);

/// An object with one entry per comparison; durations are seconds, sizes bytes. Field names are
/// kept between versions.
[[nodiscard]] std::string as_json(std::span<const comparison> all);

/// One self-contained page: charts (SVG), tables, readings. No script, nothing fetched.
[[nodiscard]] std::string as_html(std::span<const comparison> all);

/// Median and both ends of the range in one unit, so that they can be read against each other:
/// "0.44 s", "0.42 - 0.54".
struct seconds_words {
  std::string median;
  std::string range;
};
[[nodiscard]] seconds_words in_one_unit(const summary& s);

/// "tie for first", "first", "tie" or nothing.
[[nodiscard]] std::string_view place_words(place standing) noexcept;

}  // namespace tutti::cli::compare
