#include <tutti/cli/html_page.hpp>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <tutti/cli/screen.hpp>

namespace tutti::cli {
namespace {

constexpr std::string_view style_sheet = R"css(
:root { color-scheme: light dark;
  --paper: #fbfbf9; --card: #ffffff; --ink: #1d2330; --soft: #5b6472; --line: #d9dce1;
  --accent: #205ea8;
  --busy: #205ea8; --wanting: #c2410c; --wait1: #0f766e; --wait2: #7c3aed; --wait3: #a16207;
  --wait4: #be185d;
  --rest: #e4e6ea; --mark: #ffffff; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #14171c; --card: #1c2027; --ink: #e7e9ed; --soft: #a2abb8; --line: #353b45;
  --accent: #7fb2ee;
  --busy: #5b9be6; --wanting: #f08a4b; --wait1: #3fb8a9; --wait2: #a98bf5; --wait3: #d9a93a;
  --wait4: #ee7bb0;
  --rest: #2c323b; --mark: #14171c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1040px; margin: 0 auto; padding: 28px 20px 48px; }
h1 { font-size: 1.55rem; line-height: 1.25; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 34px 0 10px; }
p { margin: 8px 0; overflow-wrap: anywhere; }
.soft, .subtitle, figcaption { color: var(--soft); }
.subtitle { margin: 0 0 18px; }
.verdict { background: var(--card); border: 1px solid var(--line);
  border-left: 5px solid var(--accent);
  border-radius: 6px; padding: 14px 18px; margin: 16px 0; }
.verdict strong { font-size: 1.2rem; display: block; overflow-wrap: anywhere; }
.verdict span { color: var(--soft); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 6px;
  padding: 14px 16px; }
.scroll { overflow-x: auto; }
.wide { min-width: 720px; }
table { border-collapse: collapse; width: 100%; background: var(--card);
  border: 1px solid var(--line); }
th, td { text-align: left; vertical-align: top; padding: 7px 12px;
  border-top: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; font-size: .86rem; border-top: 0; white-space: nowrap; }
td.right, th.right { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
dl { display: grid; grid-template-columns: minmax(9em, max-content) 1fr; margin: 0;
  background: var(--card);
  border: 1px solid var(--line); border-radius: 6px; padding: 6px 16px; }
dt, dd { margin: 0; padding: 7px 0; border-top: 1px solid var(--line); }
dt { padding-right: 22px; font-weight: 600; }
dt:first-of-type, dt:first-of-type + dd { border-top: 0; }
dd { overflow-wrap: anywhere; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 6px;
  padding: 12px 14px;
  overflow-x: auto; font-size: .86rem; line-height: 1.4; }
figure { margin: 0; }
svg { display: block; width: 100%; height: auto; }
svg.swatch { display: inline-block; width: 26px; height: 14px; vertical-align: -2px;
  margin-right: 7px; }
svg.bar { height: 26px; }
svg .label { fill: var(--ink); font: 12px system-ui, sans-serif; }
svg .small { fill: var(--soft); font: 11px system-ui, sans-serif; }
svg .axis { stroke: var(--line); stroke-width: 1; }
.legend { list-style: none; padding: 0; margin: 10px 0; display: flex; flex-wrap: wrap;
  gap: 6px 22px; }
.legend li { white-space: nowrap; }
@media (max-width: 600px) {
  main { padding: 18px 12px 36px; }
  dl { grid-template-columns: 1fr; }
  dt { padding-bottom: 0; }
  dd { border-top: 0; padding-top: 0; }
  th, td { padding: 6px 8px; }
  .legend li { white-space: normal; }
}
@media print { body { background: none; } .card, .verdict, dl, table, pre { break-inside: avoid;
  } }
)css";

// Patterns are defined once, in a hidden SVG at the top; url(#name) finds them from every chart.
constexpr std::string_view patterns =
    R"svg(<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs>
<pattern id="p-busy" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8"
  height="8" fill="var(--busy)"/></pattern>
<pattern id="p-wanting" width="6" height="6" patternUnits="userSpaceOnUse"
  patternTransform="rotate(45)"><rect width="6" height="6" fill="var(--wanting)"/><rect width="2"
  height="6" fill="var(--mark)"/></pattern>
<pattern id="p-wait1" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6"
  height="6" fill="var(--wait1)"/><circle cx="3" cy="3" r="1.3" fill="var(--mark)"/></pattern>
<pattern id="p-wait2" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8"
  height="8" fill="var(--wait2)"/><path d="M1 1L7 7M7 1L1 7" stroke="var(--mark)"
  stroke-width="1.1"/></pattern>
<pattern id="p-wait3" width="6" height="5" patternUnits="userSpaceOnUse"><rect width="6"
  height="5" fill="var(--wait3)"/><rect width="6" height="1.5" fill="var(--mark)"/></pattern>
<pattern id="p-wait4" width="5" height="6" patternUnits="userSpaceOnUse"><rect width="5"
  height="6" fill="var(--wait4)"/><rect width="1.5" height="6" fill="var(--mark)"/></pattern>
<pattern id="p-rest" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8"
  height="8" fill="var(--rest)"/></pattern>
</defs></svg>
)svg";

constexpr std::array<std::string_view, 7> pattern_names{
    "p-busy", "p-wanting", "p-wait1", "p-wait2", "p-wait3", "p-wait4", "p-rest"};

std::string number(double value) {
  std::array<char, 32> room{};
  std::snprintf(room.data(), room.size(), "%.2f", value);
  std::string text(room.data());
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + html_escape(value) + "\"";
}

}  // namespace

std::string html_escape(std::string_view raw) {
  std::string out;
  for (std::size_t begin = 0; begin <= raw.size();) {
    // Line ends and tabs survive; every other control byte is shown by printable().
    const std::size_t end = std::min(raw.find_first_of("\n\t", begin), raw.size());
    for (const char c : printable(raw.substr(begin, end - begin))) {
      switch (c) {
        case '&':
          out += "&amp;";
          break;
        case '<':
          out += "&lt;";
          break;
        case '>':
          out += "&gt;";
          break;
        case '"':
          out += "&quot;";
          break;
        case '\'':
          out += "&#39;";
          break;
        default:
          out += c;
      }
    }
    if (end < raw.size()) out += raw[end];
    begin = end + 1;
  }
  return out;
}

namespace svg {

std::string open(double width, double height, std::string_view description) {
  return "<svg role=\"img\"" + attribute("viewBox", "0 0 " + number(width) + " " + number(height)) +
         attribute("aria-label", description) + ">\n";
}

std::string close() { return "</svg>\n"; }

std::string rect(double x, double y, double width, double height, fill look,
                 std::string_view description) {
  std::string out = "<rect" + attribute("x", number(x)) + attribute("y", number(y)) +
                    attribute("width", number(width)) + attribute("height", number(height)) +
                    " fill=\"url(#" + std::string(pattern_names[static_cast<std::size_t>(look)]) +
                    ")\"";
  if (description.empty()) return out + "/>\n";
  return out + "><title>" + html_escape(description) + "</title></rect>\n";
}

std::string text(double x, double y, std::string_view words, std::string_view anchor,
                 std::string_view css_class) {
  return "<text" + attribute("x", number(x)) + attribute("y", number(y)) +
         attribute("text-anchor", anchor) + attribute("class", css_class) + ">" +
         html_escape(words) + "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2, std::string_view css_class) {
  return "<line" + attribute("x1", number(x1)) + attribute("y1", number(y1)) +
         attribute("x2", number(x2)) + attribute("y2", number(y2)) + attribute("class",
  css_class) +
         "/>\n";
}

std::string swatch(fill look) {
  return "<svg class=\"swatch\" viewBox=\"0 0 26 14\" aria-hidden=\"true\">" +
         rect(0, 0, 26, 14, look) + "</svg>";
}

}  // namespace svg

std::string stacked_bar(const std::vector<segment>& segments, std::string_view description) {
  constexpr double width = 1000;
  std::string out =
      "<svg class=\"bar\" role=\"img\" viewBox=\"0 0 1000 26\" preserveAspectRatio=\"none\"" +
      attribute("aria-label", description) + ">\n";
  double x = 0;
  for (const segment& s : segments) {
    const double w = s.share * width;
    if (w <= 0) continue;
    out += svg::rect(x, 0, w, 26, s.look, s.description);
    x += w;
  }
  return out + "</svg>\n";
}

std::string legend(const std::vector<std::pair<fill, std::string>>& entries) {
  std::string out = "<ul class=\"legend\">\n";
  for (const auto& [look, words] : entries) {
    out += "<li>" + svg::swatch(look) + html_escape(words) + "</li>\n";
  }
  return out + "</ul>\n";
}

html_page::html_page(std::string_view title, std::string_view subtitle) : title_(title) {
  body_ = "<h1>" + html_escape(title) + "</h1>\n<p class=\"subtitle\">" + html_escape(subtitle) +
          "</p>\n";
}

void html_page::heading(std::string_view words) {
  body_ += "<h2>" + html_escape(words) + "</h2>\n";
}

void html_page::paragraph(std::string_view words, std::string_view css_class) {
  body_ += css_class.empty() ? "<p>" : "<p class=\"" + std::string(css_class) + "\">";
  body_ += html_escape(words) + "</p>\n";
}

void html_page::verdict(std::string_view sentence, std::string_view beside) {
  body_ += "<div class=\"verdict\"><strong>" + html_escape(sentence) + "</strong><span>" +
           html_escape(beside) + "</span></div>\n";
}

void html_page::table(const std::vector<std::vector<std::string>>& rows,
                      const std::vector<bool>& flush_right) {
  body_ += "<div class=\"scroll\"><table>\n";
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const std::string cell = r == 0 ? "th" : "td";
    body_ += "<tr>";
    for (std::size_t i = 0; i < rows[r].size(); ++i) {
      const bool right = i < flush_right.size() && flush_right[i];
      body_ += "<" + cell + (right ? " class=\"right\">" : ">");
      body_ += html_escape(rows[r][i]) + "</" + cell + ">";
    }
    body_ += "</tr>\n";
  }
  body_ += "</table></div>\n";
}

void html_page::facts(const std::vector<std::pair<std::string, std::string>>& rows) {
  body_ += "<dl>\n";
  for (const auto& [name, words] : rows) {
    body_ += "<dt>" + html_escape(name) + "</dt><dd>" + html_escape(words) + "</dd>\n";
  }
  body_ += "</dl>\n";
}

void html_page::preformatted(std::string_view words) {
  body_ += "<pre>" + html_escape(words) + "</pre>\n";
}

void html_page::raw(std::string_view html) { body_ += html; }

std::string html_page::str() const {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
         html_escape(title_) + "</title>\n<style>" + std::string(style_sheet) +
         "</style>\n</head>\n<body>\n" + std::string(patterns) + "<main>\n" + body_ +
         "</main>\n</body>\n</html>\n";
}

std::string write_report(const std::string& path, std::string_view content) {
  std::FILE* file = path == "-" ? stdout : std::fopen(path.c_str(), "wb");
  const std::string hint = "; give a path you may write to, or '-' for standard output";
  if (file == nullptr)
    return "cannot write '" + printable(path) + "': " + std::strerror(errno) + hint;
  errno = 0;
  const bool is_written = std::fwrite(content.data(), 1, content.size(), file) == content.size();
  const bool is_kept = (file == stdout ? std::fflush(file) : std::fclose(file)) == 0;
  if (is_written && is_kept) return {};
  return "cannot write '" + printable(path) + "': " + std::strerror(errno) + hint;
}

}  // namespace tutti::cli
