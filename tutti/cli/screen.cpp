#include <tutti/cli/screen.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <tutti/sys/terminal.hpp>

namespace tutti::cli {
namespace {

std::string_view code_of(style how) {
  switch (how) {
    case style::plain:
      return "";
    case style::strong:
      return "\x1b[1m";
    case style::faint:
      return "\x1b[2m";
    case style::good:
      return "\x1b[32m";
    case style::warn:
      return "\x1b[33m";
    case style::bad:
      return "\x1b[31m";
    case style::accent:
      return "\x1b[36m";
  }
  return "";
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// Length of the valid UTF-8 sequence at the start of `s` (overlong forms, surrogates and C1
// controls refused), or 0.
std::size_t utf8_length(std::string_view s) {
  const auto byte = [&s](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const unsigned char first = byte(0);
  std::size_t length = 0;
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF)
    length = 2;
  else if ((first & 0xF0U) == 0xE0U)
    length = 3;
  else if (first >= 0xF0 && first <= 0xF4)
    length = 4;
  if (length == 0 || s.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(s[i])) return 0;
  }
  const unsigned char second = byte(1);
  if ((first == 0xC2 && second < 0xA0) || (first == 0xE0 && second < 0xA0)) return 0;
  if ((first == 0xED && second > 0x9F) || (first == 0xF0 && second < 0x90)) return 0;
  if (first == 0xF4 && second > 0x8F) return 0;
  return length;
}

std::string print(const char* format, double value) {
  char room[64];
  std::snprintf(room, sizeof room, format, value);
  return room;
}

}  // namespace

screen screen::of(std::FILE* stream) {
  const sys::terminal_facts facts = sys::look_at_terminal(stream);
  screen s;
  s.is_terminal = facts.is_terminal;
  s.columns = facts.columns;
  s.rows = facts.rows;
  const char* no_colour = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool refused = no_colour != nullptr && *no_colour != '\0';
  const bool is_dumb = term == nullptr || std::string_view(term) == "dumb";
  s.has_colour = s.is_terminal && !refused && !is_dumb;
  if (is_dumb) s.is_terminal = false;  // it cannot move the cursor either
  return s;
}

std::string screen::paint(style how, std::string_view text) const {
  if (!has_colour || how == style::plain || text.empty()) return std::string(text);
  return std::string(code_of(how)) + std::string(text) + "\x1b[0m";
}

std::size_t shown_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      while (i < text.size() && text[i] != 'm') ++i;
    } else if (!is_continuation(text[i])) {
      ++width;
    }
  }
  return width;
}

namespace {
std::string cut(std::string_view text, std::size_t width) {
  if (shown_width(text) <= width) return std::string(text);
  std::string out;
  std::size_t used = 0;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t next = i + 1;
    if (text[i] == '\x1b') {
      while (next < text.size() && text[next - 1] != 'm') ++next;
    } else {
      while (next < text.size() && is_continuation(text[next])) ++next;
      if (used++ >= width) {
        i = next;
        continue;
      }
    }
    out += text.substr(i, next - i);
    i = next;
  }
  return out;
}
}  // namespace

std::string fit_left(std::string_view text, std::size_t width) {
  std::string out = cut(text, width);
  out.append(width - std::min(width, shown_width(out)), ' ');
  return out;
}

std::string fit_right(std::string_view text, std::size_t width) {
  std::string out = cut(text, width);
  out.insert(0, width - std::min(width, shown_width(out)), ' ');
  return out;
}

std::string bar(double share, std::size_t width) {
  if (!(share > 0)) return {};
  const double wanted = std::min(share, 1.0) * static_cast<double>(width);
  const auto whole = static_cast<std::size_t>(std::lround(wanted));
  if (whole == 0) return width == 0 ? "" : ".";
  return std::string(whole, '#');
}

std::string printable(std::string_view raw) {
  static constexpr char hex[] = "0123456789abcdef";
  std::string out;
  while (!raw.empty()) {
    const std::size_t length = utf8_length(raw);
    const auto first = static_cast<unsigned char>(raw.front());
    if (length == 0 || first < 0x20 || first == 0x7F) {
      out += "\\x";
      out += hex[first >> 4U];
      out += hex[first & 0xFU];
      raw.remove_prefix(1);
    } else {
      out += raw.substr(0, length);
      raw.remove_prefix(length);
    }
  }
  return out;
}

std::string show_seconds(double seconds) {
  if (!(seconds > 0)) return "0 s";
  if (seconds < 1e-3) return print("%.1f us", seconds * 1e6);
  if (seconds < 0.0995) return print("%.1f ms", seconds * 1e3);
  if (seconds < 0.9995) return print("%.0f ms", seconds * 1e3);
  if (seconds < 99.95) return print("%.1f s", seconds);
  const double minutes = std::floor(seconds / 60);
  return print("%.0f min ", minutes) + print("%02.0f s", std::floor(seconds - minutes * 60));
}

std::string show_bytes(double bytes) {
  static constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < std::size(units)) {
    bytes /= 1024;
    ++unit;
  }
  const bool one_digit = unit > 0 && bytes < 10;
  return print(one_digit ? "%.1f " : "%.0f ", bytes) + units[unit];
}

std::string show_percent(double share) {
  const double percent = share * 100;
  const bool small = percent > 0 && percent < 9.95 && percent != std::round(percent);
  return print(small ? "%.1f %%" : "%.0f %%", percent);
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    if (!line.empty() && shown_width(line) + 1 + shown_width(word) > width) {
      lines.push_back(line);
      line.clear();
    }
    if (!word.empty()) line += (line.empty() ? "" : " ") + std::string(word);
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  if (!line.empty() || lines.empty()) lines.push_back(line);
  return lines;
}

std::string table::str(std::string_view indent, std::string_view gap) const {
  std::vector<std::size_t> widths;
  for (const auto& r : rows_) {
    if (widths.size() < r.size()) widths.resize(r.size());
    for (std::size_t i = 0; i < r.size(); ++i) widths[i] = std::max(widths[i], shown_width(r[i]));
  }
  std::string out;
  for (const auto& r : rows_) {
    std::string line(indent);
    for (std::size_t i = 0; i < r.size(); ++i) {
      const bool right = i < flush_right_.size() && flush_right_[i];
      line += right ? fit_right(r[i], widths[i]) : fit_left(r[i], widths[i]);
      if (i + 1 < r.size()) line += gap;
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    out += line + "\n";
  }
  return out;
}

void live_area::draw(const std::vector<std::string>& lines) {
  if (!where_.is_terminal) return;
  const auto columns = static_cast<std::size_t>(std::max(20, where_.columns));
  const auto rows = static_cast<std::size_t>(std::max(3, where_.rows - 1));
  std::string out;
  if (drawn_ > 0) out += "\x1b[" + std::to_string(drawn_) + "A";
  const std::size_t shown = std::min(lines.size(), rows);
  for (std::size_t i = 0; i < shown; ++i) out += "\r\x1b[2K" + cut(lines[i], columns - 1) + "\n";
  if (drawn_ > shown) out += "\x1b[J";
  drawn_ = shown;
  std::fputs(out.c_str(), stream_);
  std::fflush(stream_);
}

void live_area::erase() {
  if (drawn_ == 0) return;
  const std::string out = "\x1b[" + std::to_string(drawn_) + "A\r\x1b[J";
  drawn_ = 0;
  std::fputs(out.c_str(), stream_);
  std::fflush(stream_);
}

}  // namespace tutti::cli
