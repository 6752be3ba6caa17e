#include <tutti/cli/compare/present.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace tutti::cli::compare {

namespace {

std::string figure(double value, int digits) {
  std::array<char, 32> room{};
  std::snprintf(room.data(), room.size(), "%.*f", digits, value);
  return room.data();
}

std::string row_label(const row& r) {
  return r.model + (r.workers > 1 ? " " + std::to_string(r.workers) : "");
}

double slowest_median(const comparison& what) {
  double out = 0;
  for (const row& r : what.rows) out = std::max(out, r.seconds.median);
  return out;
}

struct column {
  std::string head;
  bool right;
  std::vector<std::string> cells;
};

// Everything right of the bar; columns that would say nothing are left out.
std::vector<column> figure_columns(const comparison& what) {
  std::vector<column> out{{"median", true, {}}, {"range", true, {}},     {"CPU", true, {}},
                          {"memory", true, {}}, {"in flight", true, {}}, {"failed", true, {}},
                          {"", false, {}}};
  bool any_failed = false;
  for (const row& r : what.rows) {
    const bool timed = r.refused.empty() && !r.samples.empty();
    const seconds_words words = in_one_unit(r.seconds);
    const std::vector<std::string> cells{
        timed ? words.median : "",
        timed ? words.range : "",
        timed ? show_seconds(r.cpu.median) : "",
        timed ? show_bytes(static_cast<double>(r.peak_bytes)) : "",
        timed ? std::to_string(r.in_flight) : "",
        timed && r.failures > 0 ? std::to_string(r.failures) : "",
        std::string(r.refused.empty() ? place_words(r.standing) : "could not run")};
    any_failed = any_failed || r.failures > 0;
    for (std::size_t i = 0; i < out.size(); ++i) out[i].cells.push_back(cells[i]);
  }
  if (!any_failed) out.erase(out.begin() + 5);
  return out;
}

std::size_t width_of(const column& c) {
  std::size_t out = c.head.size();
  for (const std::string& cell : c.cells) out = std::max(out, shown_width(cell));
  return out;
}

std::string labelled(std::string_view label, const std::vector<std::string>& sentences,
                     const screen& where) {
  std::string out;
  const std::size_t room = static_cast<std::size_t>(std::max(40, where.columns)) - 12;
  for (const std::string& sentence : sentences) {
    for (const std::string& line : wrap(sentence, room)) {
      out += "  " + where.paint(style::accent, fit_left(label, 9)) + " " + line + "\n";
      label = "";
    }
  }
  return out;
}

std::string titled(const comparison& what, const screen& where) {
  std::string out;
  const auto room = static_cast<std::size_t>(std::clamp(where.columns, 60, 140)) - 2;
  for (const std::string& line : wrap(what.title, room))
    out += "  " + where.paint(style::strong, line) + "\n";
  return out + "\n";
}

std::vector<std::string> sorted_out(const comparison& what) {
  std::vector<std::string> out = what.problems;
  for (const row& r : what.rows) {
    if (!r.refused.empty()) out.push_back(row_label(r) + " could not run: " + r.refused);
  }
  return out;
}

}  // namespace

seconds_words in_one_unit(const summary& s) {
  const bool small = s.median < 1;
  const double scale = small ? 1e3 : 1;
  const double middle = s.median * scale;
  const int digits = middle < 10 ? 2 : middle < 100 ? 1 : 0;
  return {figure(middle, digits) + (small ? " ms" : " s"),
          figure(s.least * scale, digits) + " - " + figure(s.greatest * scale, digits)};
}

std::string_view place_words(place standing) noexcept {
  switch (standing) {
    case place::behind:
      return "";
    case place::tie:
      return "tie";
    case place::first:
      return "first";
    case place::tie_for_first:
      return "tie for first";
  }
  return "";
}

std::string as_table(const comparison& what, const screen& where) {
  if (!what.disagreement.empty()) {
    return titled(what, where) +
           labelled("differs",
                    {what.disagreement, "no timing is shown: the models did not do the same work"},
                    where);
  }
  const std::vector<column> columns = figure_columns(what);
  std::size_t label_width = 0;
  for (const row& r : what.rows) label_width = std::max(label_width, row_label(r).size());
  std::size_t figures_width = 0;
  for (const column& c : columns) figures_width += width_of(c) + 2;
  const auto total = static_cast<std::size_t>(std::clamp(where.columns, 60, 140));
  const std::size_t taken = 2 + label_width + 2 + figures_width;
  const std::size_t bar_width = total > taken + 8 ? std::min<std::size_t>(40, total - taken) : 8;

  const auto line = [&](const std::string& label, const std::string& bars, const auto& cell) {
    std::string out = "  " + fit_left(label, label_width) + "  " + fit_left(bars, bar_width);
    for (const column& c : columns) {
      out += "  " + (c.right ? fit_right(cell(c), width_of(c)) : fit_left(cell(c), width_of(c)));
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out + "\n";
  };
  std::string out = titled(what, where);
  out += where.paint(style::faint, line("", "", [](const column& c) { return c.head; }));
  const double slowest = slowest_median(what);
  for (std::size_t i = 0; i < what.rows.size(); ++i) {
    const row& r = what.rows[i];
    const double share = slowest > 0 ? r.seconds.median / slowest : 0;
    std::string text =
        line(row_label(r), bar(share, bar_width), [i](const column& c) { return c.cells[i]; });
    const bool ahead = r.standing == place::first || r.standing == place::tie_for_first;
    out += where.paint(ahead ? style::good : style::plain, text);
  }
  out += "\n" + labelled("reading", what.reading, where);
  if (const auto problems = sorted_out(what); !problems.empty())
    out += labelled("problems", problems, where);
  std::string machine = figure(what.effective_cores, 1) + " CPUs effective, " +
                        std::to_string(what.cpus_seen) + " seen; " + std::to_string(what.rounds) +
                        " rounds, interleaved; every model's results equal";
  out += labelled("measured", {machine}, where);
  return out;
}

}  // namespace tutti::cli::compare
