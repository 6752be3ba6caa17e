#include <algorithm>
#include <map>

#include <tutti/testing/detail/trace.hpp>

namespace tutti::detail {
namespace {

constexpr std::size_t lines_max = 200;
constexpr std::size_t first_lines = 80;   // of them, when there are more
constexpr std::size_t period_max = 12;    // of lines that repeat
constexpr std::size_t repeats_shown = 2;  // of which so many are shown
constexpr std::size_t repeats_told = 4;   // if there are so many
constexpr std::size_t width_max = 34;

const char* verb(sys::operation op) noexcept {
  switch (op) {
    case sys::operation::lock:
      return "lock";
    case sys::operation::unlock:
      return "unlock";
    case sys::operation::wait:
      return "wait on";
    case sys::operation::notify:
      return "notify";
    case sys::operation::put:
      return "put into";
    case sys::operation::get:
      return "get from";
    case sys::operation::spawn:
      return "spawn";
    case sys::operation::yield:
      return "yield";
    case sys::operation::access:
      return "touch";
    case sys::operation::submit:
      return "submit to";
    case sys::operation::io:
      return "i/o on";
  }
  return "do";
}

/// "A", "B", … "Z", "A1", …: an object is named by when it was first touched.
std::string letter(std::size_t n) {
  std::string out(1, static_cast<char>('A' + static_cast<char>(n % 26)));
  return n < 26 ? out : out + std::to_string(n / 26);
}

class painter {
 public:
  explicit painter(const trace& t) : trace_(t), widths_(t.names.size(), 4) {
    for (const event& e : t.events) cells_.push_back(text_of(e));
    choose_lines();
    for (std::size_t i = 0; i < t.names.size(); ++i) {
      widths_[i] = std::max(widths_[i], std::min(t.names[i].size(), width_max));
    }
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (spans(t.events[i])) continue;
      std::size_t& w = widths_[t.events[i].strand];
      w = std::max(w, std::min(cells_[i].size(), width_max));
    }
  }

  std::string paint() {
    std::string out;
    for (std::size_t i = 0; i < widths_.size(); ++i) out += padded(trace_.names[i], widths_[i]);
    end_line(out);
    for (std::size_t w : widths_) out += padded(std::string(w, '-'), w);
    end_line(out);
    for (const line& l : lines_) {
      if (!l.instead.empty()) {
        out += "  … " + l.instead + " …\n";
        continue;
      }
      const std::size_t i = l.at;
      const event& e = trace_.events[i];
      if (spans(e)) {
        out += "  " + std::string(e.what == event::kind::fails ? "=> " : "-- ") + cells_[i];
      } else {
        for (std::uint32_t s = 0; s < e.strand; ++s) out += std::string(widths_[s] + 2, ' ');
        out += "  " + cells_[i];
      }
      end_line(out);
    }
    return out;
  }

  /// A column for each strand; the line of each event stands in the band of the strand that acts,
  /// so that the eye follows the schedule down as a path from band to band.
  std::string paint_svg() {
    const std::size_t columns = widths_.size();
    std::vector<std::size_t> left{margin};
    for (const std::size_t w : widths_) left.push_back(left.back() + (w + 3) * letter_width);
    std::size_t width = left.back() + margin;
    for (const line& l : lines_) {
      if (l.instead.empty() && !spans(trace_.events[l.at])) continue;
      const std::size_t letters = l.instead.empty() ? cells_[l.at].size() : l.instead.size() + 4;
      width = std::max(width, 2 * margin + (letters + 2) * letter_width);
    }
    const std::size_t height = (lines_.size() + 3) * line_height;
    std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + std::to_string(width) +
                      "\" height=\"" + std::to_string(height) +
                      "\" font-family=\"monospace\" font-size=\"13\">\n" +
                      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
    for (std::size_t i = 0; i < columns; ++i) {
      out += box(left[i], line_height / 2, left[i + 1] - left[i] - letter_width,
                 height - line_height, i % 2 == 0 ? "#f2f5fa" : "#f8f6f0");
      out += text(left[i] + letter_width, line_height + 4, trace_.names[i], "#000", true);
    }
    std::string path;
    std::size_t y = line_height + 4;
    for (const line& l : lines_) {
      y += line_height;
      if (!l.instead.empty()) {
        out += text(margin + letter_width, y, "… " + l.instead + " …", "#666", false);
        continue;
      }
      const std::size_t i = l.at;
      const event& e = trace_.events[i];
      if (spans(e)) {
        const bool fails = e.what == event::kind::fails;
        out += text(margin + letter_width, y, cells_[i], fails ? "#b00020" : "#666", fails);
        continue;
      }
      path += std::to_string(left[e.strand] + 4) + "," + std::to_string(y - 4) + " ";
      out += text(left[e.strand] + letter_width, y, cells_[i], "#000", false);
    }
    return out + "<polyline fill=\"none\" stroke=\"#3366aa\" stroke-width=\"1.5\" points=\"" +
           path + "\"/>\n</svg>\n";
  }

 private:
  /// A line of the picture: an event, or words about those left out.
  struct line {
    std::size_t at = 0;
    std::string instead;
  };

  /// What a person needs to see: not where somebody waits twice, not the same few lines for ever,
  /// and of what is too long both ends.
  void choose_lines() {
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (!is_told_by_the_next(i)) all.push_back(i);
    }
    for (std::size_t i = 0; i < all.size();) {
      const auto [period, times] = repeats(all, i);
      const std::size_t shown = times < repeats_told ? 1 : period * repeats_shown;
      for (std::size_t n = 0; n < shown; ++n) lines_.push_back({all[i + n], {}});
      if (times < repeats_told) {
        ++i;
        continue;
      }
      const std::string what = period == 1 ? "line" : std::to_string(period) + " lines";
      lines_.push_back(
          {0, "the same " + what + ' ' + std::to_string(times - repeats_shown) + " more times"});
      i += period * times;
    }
    if (lines_.size() <= lines_max) return;
    const std::size_t left_out = lines_.size() - lines_max;
    const auto from = lines_.begin() + static_cast<std::ptrdiff_t>(first_lines);
    lines_.erase(from, from + static_cast<std::ptrdiff_t>(left_out));
    lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(first_lines),
                  {0, std::to_string(left_out) + " lines left out"});
  }
  /// "wait on A" before "waits in event.wait A".
  bool is_told_by_the_next(std::size_t i) {
    if (i + 1 >= cells_.size()) return false;
    const event& e = trace_.events[i];
    const event& next = trace_.events[i + 1];
    const bool told = e.what == event::kind::operation && e.op == sys::operation::wait &&
                      e.text.empty() && next.what == event::kind::waits && next.strand == e.strand;
    if (told) cells_[i + 1] += object(e.object);
    return told;
  }
  struct repetition {
    std::size_t period, times;
  };
  /// How often the lines from `i` on come again at once; of several periods the shortest.
  repetition repeats(const std::vector<std::size_t>& all, std::size_t i) const {
    const auto same = [&](std::size_t a, std::size_t b) {
      return trace_.events[all[a]].strand == trace_.events[all[b]].strand &&
             cells_[all[a]] == cells_[all[b]];
    };
    for (std::size_t period = 1; period <= period_max; ++period) {
      std::size_t end = i + period;
      while (end < all.size() && same(end, end - period)) ++end;
      const std::size_t times = (end - i) / period;
      if (times >= repeats_told) return {period, times};
    }
    return {1, 1};
  }

  static constexpr std::size_t margin = 10;
  static constexpr std::size_t letter_width = 8;
  static constexpr std::size_t line_height = 20;

  static std::string box(std::size_t x, std::size_t y, std::size_t w, std::size_t h,
                         const char* color) {
    return "<rect x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) + "\" width=\"" +
           std::to_string(w) + "\" height=\"" + std::to_string(h) + "\" fill=\"" + color + "\"/>\n";
  }
  static std::string text(std::size_t x, std::size_t y, const std::string& words, const char* color,
                          bool bold) {
    std::string out = "<text x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) +
                      "\" fill=\"" + color + (bold ? "\" font-weight=\"bold\">" : "\">");
    for (const char c : words) {
      out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
    }
    return out + "</text>\n";
  }
  static bool spans(const event& e) noexcept {
    return e.what == event::kind::fails || e.what == event::kind::clock;
  }
  static std::string padded(const std::string& text, std::size_t width) {
    std::string out = "  " + text.substr(0, width);
    out.resize(width + 2, ' ');
    return out;
  }
  static void end_line(std::string& out) {
    while (!out.empty() && out.back() == ' ') out.pop_back();
    out += '\n';
  }
  std::string object(const void* p) {
    if (p == nullptr) return {};
    return ' ' + letter(objects_.try_emplace(p, objects_.size()).first->second);
  }
  std::string strand_name(const event& e) const {
    const auto n = static_cast<std::size_t>(reinterpret_cast<std::uintptr_t>(e.object));
    return n < trace_.names.size() ? trace_.names[n] : "?";
  }
  std::string text_of(const event& e) {
    switch (e.what) {
      case event::kind::operation: {
        std::string out = e.text.empty() ? verb(e.op) : e.text;
        out += object(e.object);
        return e.old != 0 ? out + " (old)" : out;
      }
      case event::kind::starts:
        return "start " + strand_name(e);
      case event::kind::wakes:
        return "wake " + strand_name(e);
      case event::kind::ends:
        return e.text.empty() ? "end" : e.text;
      case event::kind::clock:
        return "the clock jumps to " +
               duration_text(duration(reinterpret_cast<std::intptr_t>(e.object)));
      case event::kind::waits:
      case event::kind::fails:
        break;
    }
    return e.text;
  }

  const trace& trace_;
  std::vector<std::size_t> widths_;
  std::vector<std::string> cells_;
  std::vector<line> lines_;
  std::map<const void*, std::size_t> objects_;
};

}  // namespace

std::string lanes_svg(const trace& t) { return painter(t).paint_svg(); }

std::string duration_text(duration d) {
  const char* const units[] = {"ns", "us", "ms", "s"};
  auto n = d.count();
  std::size_t u = 0;
  while (u < 3 && n >= 1000 && n % 1000 == 0) {
    n /= 1000;
    ++u;
  }
  return std::to_string(n) + ' ' + units[u];
}

std::string lanes(const trace& t) { return painter(t).paint(); }

}  // namespace tutti::detail
