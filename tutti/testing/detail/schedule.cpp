#include <tutti/testing/detail/schedule.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

#include <tutti/base/error.hpp>

namespace tutti::detail {
namespace {
constexpr std::string_view nothing_special = "straight";

template <class Number>
bool take_number(std::string_view& text, Number& into) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), into);
  if (problem != std::errc() || end == text.data()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}
bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<schedule> parse(std::string_view text) {
  schedule out;
  if (text == nothing_special) return out;
  do {
    departure d{};
    if (!take_number(text, d.from) || !take(text, '.') || !take_number(text, d.step)) {
      return std::nullopt;
    }
    if (take(text, '<')) {
      d.what = departure::kind::reads_old;
    } else if (!take(text, '>')) {
      return std::nullopt;
    }
    if (!take_number(text, d.to)) return std::nullopt;
    out.push_back(d);
  } while (take(text, ','));
  if (!text.empty()) return std::nullopt;
  return out;
}

/// What stands behind the last `key` up to the next blank: the texts of checks come before it.
std::string_view word_behind(std::string_view text, std::string_view key) {
  const std::size_t at = text.rfind(key);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + key.size());
  return text.substr(0, text.find_first_of(" \n\t]'"));
}

/// "pct d=2 n=3 k=15 bound=1/45", which has blanks, and ends where the next thing is said.
std::string strategy_in(std::string_view text) {
  constexpr std::string_view key = "strategy=";
  const std::size_t at = text.rfind(key);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + key.size());
  return std::string(text.substr(0, std::min(text.find(" steps="), text.find(" seed="))));
}
}  // namespace

std::string to_text(const schedule& s) {
  if (s.empty()) return std::string(nothing_special);
  std::string out;
  for (const departure& d : s) {
    if (!out.empty()) out += ',';
    out += std::to_string(d.from) + '.' + std::to_string(d.step);
    out += d.what == departure::kind::reads_old ? '<' : '>';
    out += std::to_string(d.to);
  }
  return out;
}

recorded_run read_recorded_run(std::string_view text) {
  recorded_run out;
  std::string_view choices = word_behind(text, "schedule=");
  if (choices.empty()) choices = text;
  std::optional<schedule> parsed = parse(choices);
  if (!parsed) {
    throw error("no schedule to replay: give the text of a failure, which says `schedule=…`");
  }
  std::string_view seed = word_behind(text, "seed=");
  if (!seed.empty() && !take_number(seed, out.seed)) throw error("the seed to replay is no number");
  out.choices = std::move(*parsed);
  out.strategy = strategy_in(text);
  return out;
}

}  // namespace tutti::detail
