// A report as one self-contained HTML page: no script from outside, no font, no image, light and
// dark, readable without colour (every fill has its own pattern) and on a narrow window.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tutti::cli {

/// Text made safe inside elements and attributes; control bytes and broken UTF-8 become visible
/// \xNN.
std::string html_escape(std::string_view raw);

/// The fills of a chart: each has a colour and a pattern, both defined by the page.
enum class fill {
  busy,     ///< solid: on a CPU
  wanting,  ///< diagonal lines: wants a CPU
  wait_1,   ///< dots: the most important wait
  wait_2,   ///< crosses
  wait_3,   ///< horizontal lines
  wait_4,   ///< vertical lines
  rest,     ///< faint: idle, not there, unknown
};

/// One part of a stacked bar.
struct segment {
  fill look = fill::rest;
  double share = 0;         ///< of the whole bar, 0 to 1
  std::string description;  ///< shown on hover, read by screen readers
};

/// Fragments of inline SVG. `width` and `height` are in the chart's own units; the page scales it
/// to the window.
namespace svg {
std::string open(double width, double height, std::string_view description);
std::string close();
std::string rect(double x, double y, double width, double height, fill look,
                 std::string_view description = {});
std::string text(double x, double y, std::string_view words, std::string_view anchor = "start",
                 std::string_view css_class = "label");
std::string line(double x1, double y1, double x2, double y2, std::string_view css_class = "axis");
/// A little sample of `look` for a legend.
std::string swatch(fill look);
}  // namespace svg

/// One horizontal stacked bar with its segments, 100 % wide.
std::string stacked_bar(const std::vector<segment>& segments, std::string_view description);

/// Swatches with words.
std::string legend(const std::vector<std::pair<fill, std::string>>& entries);

/// Collects a page from top to bottom.
class html_page {
 public:
  html_page(std::string_view title, std::string_view subtitle);

  void heading(std::string_view words);
  void paragraph(std::string_view words, std::string_view css_class = {});
  /// A box that holds the one sentence the reader came for.
  void verdict(std::string_view sentence, std::string_view beside);
  /// A table; the first row is the head, a column is flush right when `flush_right` says so.
  void table(const std::vector<std::vector<std::string>>& rows,
             const std::vector<bool>& flush_right);
  /// Two columns: name and (escaped) text.
  void facts(const std::vector<std::pair<std::string, std::string>>& rows);
  void preformatted(std::string_view words);
  /// HTML made by the helpers above; nothing is escaped.
  void raw(std::string_view html);

  std::string str() const;

 private:
  std::string title_;
  std::string body_;
};

/// Writes `content` to `path`, or to standard output for "-". Answers an empty string, or what went
/// wrong and what to do.
std::string write_report(const std::string& path, std::string_view content);

}  // namespace tutti::cli
