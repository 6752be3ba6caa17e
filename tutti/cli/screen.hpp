// Text for people: colour, bars, tables and a line that redraws itself. Functions make strings;
// only `live_area` writes.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace tutti::cli {

enum class style { plain, strong, faint, good, warn, bad, accent };

/// What the place we write to can show.
struct screen {
  bool is_terminal = false;
  bool has_colour = false;
  int columns = 80;
  int rows = 24;

  /// Looks at the descriptor behind `stream`, at NO_COLOR (set and not empty: no colour) and at
  /// TERM=dumb.
  static screen of(std::FILE* stream);

  /// `text` in that style, or just `text` where there is no colour.
  std::string paint(style how, std::string_view text) const;
};

/// How many columns `text` takes: colour codes take none, a UTF-8 sequence takes one.
std::size_t shown_width(std::string_view text);

/// `text` cut or padded to `width` columns.
std::string fit_left(std::string_view text, std::size_t width);
std::string fit_right(std::string_view text, std::size_t width);

/// A share from 0 to 1 as '#'; a share that is not zero but too small for one '#' is '.'.
std::string bar(double share, std::size_t width);

/// Text that came from outside (a process name, a path), made safe for a terminal: control bytes
/// and broken UTF-8 become \xNN.
std::string printable(std::string_view raw);

/// "0.4 us", "12 ms", "3.4 s", "2 min 05 s".
std::string show_seconds(double seconds);
/// "512 B", "14 KiB", "2.5 GiB".
std::string show_bytes(double bytes);
/// "94 %", "0.4 %".
std::string show_percent(double share);

/// Breaks `text` at spaces into lines of at most `width` columns.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

/// Rows of cells, columns as wide as their widest cell; a column is flush right when `flush_right`
/// says so.
class table {
 public:
  explicit table(std::vector<bool> flush_right) : flush_right_(std::move(flush_right)) {}
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  std::string str(std::string_view indent = "  ", std::string_view gap = "  ") const;

 private:
  std::vector<bool> flush_right_;
  std::vector<std::vector<std::string>> rows_;
};

/// A few lines at the bottom of a terminal that are drawn again and again. On anything but a
/// terminal it writes nothing.
///
/// Threads:  one thread.
/// Lifetime: the destructor erases what was drawn.
class live_area {
 public:
  live_area(std::FILE* stream, const screen& where) : stream_(stream), where_(where) {}
  ~live_area() { erase(); }
  live_area(const live_area&) = delete;
  live_area& operator=(const live_area&) = delete;

  void draw(const std::vector<std::string>& lines);
  void erase();

 private:
  std::FILE* stream_;
  screen where_;
  std::size_t drawn_ = 0;
};

}  // namespace tutti::cli
