#include <algorithm>
#include <map>

#include <tutti/testing/detail/trace.hpp>

namespace tutti::detail {
namespace {

constexpr std::size_t lines_max = 200;
constexpr std::size_t first_lines = 80;        // of them, when there are more
constexpr std::size_t period_max = 12;         // of lines that repeat
constexpr std::size_t repeats_shown = 2;       // of which so many are shown
constexpr std::size_t repeats_told = 4;        // if there are so many
constexpr std::size_t strands_shown_max = 12;  // if more, only those that matter
constexpr std::size_t name_width_max = 34;
constexpr std::size_t cell_width_max = 60;

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
    case sys::operation::look:
      return "touch";
    case sys::operation::submit:
      return "submit to";
    case sys::operation::io:
      return "i/o on";
    case sys::operation::complete:
      return "complete";
    case sys::operation::end:
      return "end";
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
    see_who_shares();
    for (const event& e : t.events) {
      cells_.push_back(shown(text_of(e), spans(e) ? std::string::npos : cell_width_max));
      if (e.what == event::kind::fails) break;  // what comes then belongs to its end
    }
    choose_lines();
    for (const std::string& name : t.names) names_.push_back(shown(name, name_width_max));
    for (std::size_t i = 0; i < names_.size(); ++i) {
      widths_[i] = std::max(widths_[i], columns_of(names_[i]));
    }
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (spans(t.events[i])) continue;
      std::size_t& w = widths_[t.events[i].strand];
      w = std::max(w, columns_of(cells_[i]));
    }
  }

  std::string paint() {
    std::string out;
    for (std::size_t i = 0; i < widths_.size(); ++i) out += padded(names_[i], widths_[i]);
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
  /// so that the eye follows the schedule down as a path from band to band, beside the words.
  std::string paint_svg() {
    const std::size_t columns = widths_.size();
    std::vector<std::size_t> left{margin};
    for (const std::size_t w : widths_) left.push_back(left.back() + (w + 3) * letter_width);
    const std::size_t width = std::max(left.back() + margin, width_min);
    const std::size_t letters_max = (width - 3 * margin) / letter_width;
    std::string words;
    std::string path;
    std::size_t y = line_height + 4;
    std::size_t x_before = 0;
    for (const line& l : lines_) {
      y += line_height;
      if (!l.instead.empty()) {
        words += text(margin + letter_width, y, "… " + l.instead + " …", "#666", false);
        continue;
      }
      const event& e = trace_.events[l.at];
      if (spans(e)) {
        const bool fails = e.what == event::kind::fails;
        for (const std::string& part : broken_into(cells_[l.at], letters_max)) {
          words += text(margin + letter_width, y, part, fails ? "#b00020" : "#666", fails);
          y += line_height;
        }
        y -= line_height;
        continue;
      }
      const std::size_t x = left[e.strand] + 4;
      if (x_before != 0 && x_before != x) {  // between the lines, where nothing is written
        path += point(x_before, y - between_lines) + point(x, y - between_lines);
      }
      path += point(x, y - 4);
      x_before = x;
      words += circle(x, y - 4);
      const bool waits = e.what == event::kind::waits;
      words += text(left[e.strand] + letter_width + 2, y, cells_[l.at], waits ? "#a04000" : "#000",
                    false);
    }
    const std::size_t height = y + 2 * line_height;
    std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + std::to_string(width) +
                      "\" height=\"" + std::to_string(height) +
                      "\" font-family=\"monospace\" font-size=\"13\">\n" +
                      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
    for (std::size_t i = 0; i < columns; ++i) {
      out += box(left[i], line_height / 2, left[i + 1] - left[i] - letter_width,
                 height - line_height, i % 2 == 0 ? "#f2f5fa" : "#f8f6f0");
      out += text(left[i] + letter_width + 2, line_height + 4, names_[i], "#000", true);
    }
    out += "<polyline fill=\"none\" stroke=\"#3366aa\" stroke-width=\"1.5\" points=\"" + path;
    return out + "\"/>\n" + words + "</svg>\n";
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
      if (is_told_by_the_next(i)) continue;
      if (all.size() >= 2 && is_mere_ticking(all[all.size() - 2], all.back(), i)) {
        all.pop_back();  // where the clock stops next is all that matters
        continue;
      }
      all.push_back(i);
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
  /// "wait on A" before "waits in event.wait A", "lock A" before "waits in mutex.lock A".
  bool is_told_by_the_next(std::size_t i) {
    if (i + 1 >= cells_.size()) return false;
    const event& e = trace_.events[i];
    const event& next = trace_.events[i + 1];
    const bool may_wait = e.op == sys::operation::wait || e.op == sys::operation::lock ||
                          e.op == sys::operation::get || e.op == sys::operation::put;
    const bool told = e.what == event::kind::operation && may_wait && e.text.empty() &&
                      next.what == event::kind::waits && next.strand == e.strand &&
                      next.text.starts_with("waits in ");
    if (told) cells_[i + 1] += object(e.object);
    return told;
  }
  /// A loop that looks at its clock before it is time, and goes on sleeping.
  bool is_mere_ticking(std::size_t sleeps, std::size_t jump, std::size_t again) const {
    const event& before = trace_.events[sleeps];
    const event& after = trace_.events[again];
    return trace_.events[jump].what == event::kind::clock && before.what == event::kind::waits &&
           after.what == event::kind::waits && before.strand == after.strand &&
           cells_[sleeps] == cells_[again];
  }
  /// Tasks are named where a strand runs several of them.
  void see_who_shares() {
    shared_.assign(trace_.names.size(), false);
    std::vector<const std::string*> first(trace_.names.size(), nullptr);
    for (const event& e : trace_.events) {
      if (e.task.empty()) continue;
      const std::string*& one = first[e.strand];
      if (one == nullptr) one = &e.task;
      if (*one != e.task) shared_[e.strand] = true;
    }
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
  static constexpr std::size_t between_lines = 14;  // above where a line of words stands
  static constexpr std::size_t width_min = 640;

  static std::string point(std::size_t x, std::size_t y) {
    return std::to_string(x) + "," + std::to_string(y) + " ";
  }
  static std::string circle(std::size_t x, std::size_t y) {
    return "<circle cx=\"" + std::to_string(x) + "\" cy=\"" + std::to_string(y) +
           "\" r=\"2.5\" fill=\"#3366aa\"/>\n";
  }
  /// At blanks, into lines of so many bytes; a word stays whole.
  static std::vector<std::string> broken_into(std::string_view words, std::size_t bytes_max) {
    std::vector<std::string> out;
    while (words.size() > bytes_max) {
      std::size_t at = words.rfind(' ', bytes_max);
      if (at == std::string_view::npos || at == 0) at = words.find(' ');
      if (at == std::string_view::npos) break;
      out.emplace_back(words.substr(0, at));
      words.remove_prefix(at + 1);
    }
    out.emplace_back(words);
    return out;
  }

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
  static bool begins_letter(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;  // of UTF-8
  }
  static std::size_t columns_of(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_letter));
  }
  /// On one line, and not wider than that.
  static std::string shown(std::string_view text, std::size_t columns_max) {
    std::string out;
    std::size_t columns = 0;
    const bool fits = columns_of(text) <= columns_max;
    for (const char c : text) {
      if (begins_letter(c) && ++columns >= columns_max && !fits) return out + "…";
      out += static_cast<unsigned char>(c) < 0x20U || c == 0x7F ? ' ' : c;
    }
    return out;
  }
  static std::string padded(const std::string& text, std::size_t width) {
    return "  " + text + std::string(width - columns_of(text), ' ');
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
        if (shared_[e.strand] && !e.task.empty()) out.insert(0, e.task + ": ");
        return e.old != 0 ? out + " (old)" : out;
      }
      case event::kind::starts:
        return "start " + strand_name(e);
      case event::kind::wakes:
        return "wake " + strand_name(e);
      case event::kind::ends:
        return e.text.empty() ? "end" : e.text;
      case event::kind::clock:
        if (!e.text.empty()) return e.text;
        return "the clock jumps to " +
               duration_text(duration(reinterpret_cast<std::intptr_t>(e.object)));
      case event::kind::fails:  // what a check says may have more lines; they stand above
        return e.text.substr(0, e.text.find('\n'));
      case event::kind::waits:
        break;
    }
    return e.text;
  }

  const trace& trace_;
  std::vector<std::size_t> widths_;
  std::vector<std::string> names_;
  std::vector<bool> shared_;  // strands that run several tasks
  std::vector<std::string> cells_;
  std::vector<line> lines_;
  std::map<const void*, std::size_t> objects_;
};

/// Whom a person needs to see among many: those who were interrupted, who came then, and who still
/// waits.
std::vector<bool> who_matters(const trace& t) {
  std::vector<bool> out(t.names.size(), false);
  std::vector<const event*> last(t.names.size(), nullptr);
  const event* before = nullptr;
  for (const event& e : t.events) {
    if (e.what == event::kind::fails) break;
    if (e.what == event::kind::clock) continue;
    const bool comes_back = last[e.strand] != nullptr && before->strand != e.strand;
    if (comes_back) out[e.strand] = true;
    const bool interrupts =
        before != nullptr && before->strand != e.strand && before->what == event::kind::operation;
    if (interrupts) out[e.strand] = out[before->strand] = true;
    last[e.strand] = before = &e;
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (last[i] != nullptr && last[i]->what == event::kind::waits) out[i] = true;
  }
  if (!out.empty()) out[0] = true;
  return out;
}

/// Many strands do not fit side by side: those that ran through without a break are left out.
trace without_bystanders(const trace& t) {
  if (t.names.size() <= strands_shown_max) return t;
  const std::vector<bool> matters = who_matters(t);
  trace out;
  std::vector<std::uint32_t> number(t.names.size(), 0);
  for (std::size_t i = 0; i < t.names.size(); ++i) {
    number[i] = static_cast<std::uint32_t>(out.names.size());
    if (matters[i]) out.names.push_back(t.names[i]);
  }
  if (out.names.size() == t.names.size()) return t;
  event& says = out.events.emplace_back(event::kind::clock, 0);
  says.text = std::to_string(t.names.size() - out.names.size()) +
              " threads that ran without a break are not shown";
  for (const event& e : t.events) {
    const bool spans = e.what == event::kind::fails || e.what == event::kind::clock;
    if (!spans && !matters[e.strand]) continue;
    event shown = e;
    shown.strand = spans ? 0 : number[e.strand];
    if (e.what == event::kind::starts || e.what == event::kind::wakes) {
      const auto other = static_cast<std::size_t>(reinterpret_cast<std::uintptr_t>(e.object));
      if (other >= matters.size() || !matters[other]) continue;
      shown.object = reinterpret_cast<const void*>(std::uintptr_t{number[other]});
    }
    out.events.push_back(std::move(shown));
  }
  return out;
}

}  // namespace

std::string lanes_svg(const trace& t) {
  const trace shown = without_bystanders(t);
  return painter(shown).paint_svg();
}

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

std::string lanes(const trace& t) {
  const trace shown = without_bystanders(t);
  return painter(shown).paint();
}

}  // namespace tutti::detail
