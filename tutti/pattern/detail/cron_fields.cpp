#include <tutti/pattern/detail/cron_fields.hpp>

#include <array>
#include <charconv>
#include <chrono>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

namespace tutti::detail {
namespace {

constexpr std::array<std::string_view, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> day_names{"sun", "mon", "tue", "wed",
                                                    "thu", "fri", "sat"};

/// What one field may say.
struct field_rule {
  const char* name;
  unsigned first;
  unsigned last;
  std::span<const std::string_view> words;  ///< of the values from `first` on
};
constexpr std::array<field_rule, 5> rules{{{"minute", 0, 59, {}},
                                           {"hour", 0, 23, {}},
                                           {"day of month", 1, 31, {}},
                                           {"month", 1, 12, month_names},
                                           {"day of week", 0, 7, day_names}}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> nicknames{
    {{"@hourly", "0 * * * *"},
     {"@daily", "0 0 * * *"},
     {"@midnight", "0 0 * * *"},
     {"@weekly", "0 0 * * 0"},
     {"@monthly", "0 0 1 * *"},
     {"@yearly", "0 0 1 1 *"},
     {"@annually", "0 0 1 1 *"}}};

[[noreturn]] void refuse(const field_rule& rule, std::string_view text, const char* why) {
  throw std::invalid_argument("cron: the " + std::string(rule.name) + " field \"" +
                              std::string(text) + "\" " + why);
}

std::string_view take_until(std::string_view& text, char separator) noexcept {
  const std::size_t at = text.find(separator);
  const std::string_view part = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return part;
}

bool same_word(std::string_view text, std::string_view word) noexcept {
  if (text.size() != word.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (lower != word[i]) return false;
  }
  return true;
}

unsigned number(const field_rule& rule, std::string_view text) {
  for (std::size_t i = 0; i < rule.words.size(); ++i) {
    if (same_word(text, rule.words[i])) return rule.first + static_cast<unsigned>(i);
  }
  unsigned value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size()) {
    refuse(rule, text, "is no number");
  }
  return value;
}

/// One part of a list: `*`, `a`, `a-b`, each with `/step` behind it.
std::uint64_t part_bits(const field_rule& rule, std::string_view part) {
  const std::string_view whole = part;
  const std::size_t slash = part.find('/');
  const bool stepped = slash != std::string_view::npos;
  const unsigned step = stepped ? number(rule, part.substr(slash + 1)) : 1U;
  part = part.substr(0, slash);
  unsigned low = rule.first;
  unsigned high = rule.last;
  if (part != "*") {
    const std::size_t dash = part.find('-');
    low = number(rule, part.substr(0, dash));
    if (dash != std::string_view::npos) {
      high = number(rule, part.substr(dash + 1));
    } else if (!stepped) {
      high = low;
    }
  }
  if (step == 0) refuse(rule, whole, "has a step of 0");
  if (low < rule.first || high > rule.last) refuse(rule, whole, "is out of its range");
  if (low > high) refuse(rule, whole, "ends before it begins");
  std::uint64_t bits = 0;
  for (unsigned value = low; value <= high; value += step) bits |= std::uint64_t{1} << value;
  return bits;
}

std::uint64_t field_bits(const field_rule& rule, std::string_view text) {
  if (text.empty() || text.back() == ',') refuse(rule, text, "is not complete");
  std::uint64_t bits = 0;
  while (!text.empty()) bits |= part_bits(rule, take_until(text, ','));
  return bits;
}

bool has(std::uint64_t bits, unsigned value) noexcept { return ((bits >> value) & 1U) != 0; }

}  // namespace

cron_fields::cron_fields(std::string_view line) {
  for (const auto& [name, fields] : nicknames) {
    if (line == name) line = fields;
  }
  std::array<std::uint64_t, 5> bits{};
  std::array<std::string_view, 5> texts{};
  std::size_t count = 0;
  for (std::string_view rest = line; !rest.empty();) {
    const std::size_t end = rest.find_first_of(" \t");
    const std::string_view text = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (text.empty()) continue;
    if (count < texts.size()) texts[count] = text;
    ++count;
  }
  if (count != texts.size()) {
    throw std::invalid_argument("cron: \"" + std::string(line) + "\" has " + std::to_string(count) +
                                " fields; write minute, hour, day of month, month, day of week");
  }
  for (std::size_t i = 0; i < bits.size(); ++i) bits[i] = field_bits(rules[i], texts[i]);
  if (has(bits[4], 7)) bits[4] |= 1U;  // Sunday has two numbers
  minutes_ = bits[0];
  hours_ = bits[1];
  days_ = bits[2];
  months_ = bits[3];
  weekdays_ = bits[4];
  either_day_ = texts[2].front() != '*' && texts[4].front() != '*';
}

std::optional<calendar_minute> cron_fields::after(calendar_minute m) const noexcept {
  using namespace std::chrono;
  // A 29th of February may be eight years away, one on a certain day of the week forty: what does
  // not come within that time never comes.
  constexpr int days_max = 366 * 41;
  const calendar_minute from = m + 1;
  sys_days day = floor<days>(sys_time<minutes>(minutes(from)));
  auto minute_of_day =
      static_cast<unsigned>(from - duration_cast<minutes>(day.time_since_epoch()).count());
  for (int i = 0; i < days_max; ++i, day += days(1), minute_of_day = 0) {
    const year_month_day date(day);
    if (!has(months_, static_cast<unsigned>(date.month()))) continue;
    const bool by_date = has(days_, static_cast<unsigned>(date.day()));
    const bool by_name = has(weekdays_, weekday(day).c_encoding());
    if (either_day_ ? !(by_date || by_name) : !(by_date && by_name)) continue;
    for (unsigned at = minute_of_day; at < 24 * 60; ++at) {
      if (has(hours_, at / 60) && has(minutes_, at % 60)) {
        return duration_cast<minutes>(day.time_since_epoch()).count() + at;
      }
    }
  }
  return std::nullopt;
}

}  // namespace tutti::detail
