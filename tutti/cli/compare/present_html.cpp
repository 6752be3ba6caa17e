#include <algorithm>
#include <array>
#include <cstdio>

#include <tutti/cli/compare/present.hpp>
#include <tutti/cli/compare/reading.hpp>
#include <tutti/cli/html_page.hpp>

namespace tutti::cli::compare {

namespace {

// Charts are drawn one row at a time in 1000 units of width, stretched to the window; words stand
// above the bar as ordinary text, so they keep their size on a narrow screen.
constexpr double chart_width = 1000;
constexpr double row_height = 26;

std::string figure(double value, int digits) {
  std::array<char, 32> room{};
  std::snprintf(room.data(), room.size(), "%.*f", digits, value);
  return room.data();
}

std::string label_of(const row& r) {
  return r.model + (r.workers > 1 ? " " + std::to_string(r.workers) : "");
}

bool timed(const row& r) { return r.refused.empty() && !r.samples.empty(); }

// One unit for both ends: "0.42 - 0.54 s".
std::string range_words(const summary& s) {
  const seconds_words words = in_one_unit(s);
  return words.range + words.median.substr(words.median.find(' '));
}

std::string sentence(const std::string& words) {
  std::string out = words;
  if (!out.empty() && out.front() >= 'a' && out.front() <= 'z')
    out.front() = static_cast<char>(out.front() - 'a' + 'A');
  return out;
}

fill look_of(const row& r) {
  if (r.model == "sequential") return fill::rest;
  if (r.model == "threads") return fill::wait_1;
  if (r.model == "processes") return fill::wait_2;
  if (r.model == "coroutines") return fill::busy;
  return r.model.find("process") != std::string::npos ? fill::wait_4 : fill::wait_3;
}

// Bar to the median; below it a rail from the fastest to the slowest round, one tick for each
// round.
std::string time_bar(const row& r, double full) {
  const auto x = [full](double seconds) {
    return std::clamp(seconds / full, 0.0, 1.0) * chart_width;
  };
  std::string out =
      "<svg role=\"img\" style=\"height:26px\" viewBox=\"0 0 1000 26\" "
      "preserveAspectRatio=\"none\" aria-label=\"" +
      html_escape(label_of(r) + ": median " + show_seconds(r.seconds.median) + ", range " +
                  range_words(r.seconds)) +
      "\">\n";
  out += svg::line(0, row_height - 0.5, chart_width, row_height - 0.5);
  out += svg::rect(0, 2, std::max(x(r.seconds.median), 2.0), 12, look_of(r),
                   "median " + show_seconds(r.seconds.median));
  const double left = x(r.seconds.least);
  const double right = std::max(x(r.seconds.greatest), left + 1);
  const auto ink = [](double at, double y, double width, double height, const std::string& words) {
    return "<rect x=\"" + figure(at, 2) + "\" y=\"" + figure(y, 1) + "\" width=\"" +
           figure(width, 2) + "\" height=\"" + figure(height, 1) +
           "\" fill=\"var(--ink)\"><title>" + html_escape(words) + "</title></rect>\n";
  };
  out += ink(left, 18.8, right - left, 1.6, "range " + range_words(r.seconds));
  for (std::size_t i = 0; i < r.samples.size(); ++i) {
    out += ink(std::min(x(r.samples[i]), chart_width - 1.5), 16, 1.5, 7,
               "round " + std::to_string(i + 1) + ": " + show_seconds(r.samples[i]));
  }
  return out + "</svg>\n";
}

std::string chart_row(const row& r, double full) {
  const std::string_view place = place_words(r.standing);
  std::string out =
      "<div style=\"margin:10px 0 0\"><div style=\"display:flex;flex-wrap:wrap;gap:2px "
      "14px;align-items:baseline\">";
  out += "<span style=\"font-weight:600\">" + html_escape(label_of(r)) + "</span>";
  out += "<span style=\"font-variant-numeric:tabular-nums\">" +
         html_escape(in_one_unit(r.seconds).median) + "</span>";
  out += "<span class=\"soft\" style=\"font-variant-numeric:tabular-nums\">" +
         html_escape(range_words(r.seconds)) + "</span>";
  if (!place.empty())
    out +=
        "<span style=\"border:1px solid var(--line);border-radius:9px;padding:0 "
        "9px;font-size:.86rem\">" +
        html_escape(place) + "</span>";
  return out + "</div>\n" + time_bar(r, full) + "</div>\n";
}

std::string chart(const std::vector<const row*>& rows, const std::string& caption) {
  double full = 0;
  for (const row* r : rows) full = std::max(full, r->seconds.greatest);
  if (full <= 0) return {};
  std::string out = "<figure class=\"card\">\n";
  for (const row* r : rows) out += chart_row(*r, full);
  return out + "<figcaption style=\"margin-top:12px\">" + html_escape(caption) + " Full width is " +
         html_escape(show_seconds(full)) + ".</figcaption>\n</figure>\n";
}

void add_charts(html_page& page, const comparison& what) {
  std::vector<const row*> all;
  double fastest = 0;
  double slowest = 0;
  for (const row& r : what.rows) {
    if (!timed(r)) continue;
    all.push_back(&r);
    fastest = fastest > 0 ? std::min(fastest, r.seconds.median) : r.seconds.median;
    slowest = std::max(slowest, r.seconds.greatest);
  }
  page.raw(chart(all,
                 "Time for the whole work, from nothing to all results. Bar: median. Line: fastest "
                 "to slowest round. "
                 "Ticks: the rounds."));
  std::vector<const row*> quick;
  std::copy_if(all.begin(), all.end(), std::back_inserter(quick),
               [&](const row* r) { return r->seconds.greatest * 4 < slowest; });
  if (quick.size() < 2 || quick.size() == all.size()) return;
  page.heading("The quick ones, enlarged");
  page.raw(chart(quick, "The same figures without the slow rows."));
}

void add_table(html_page& page, const comparison& what) {
  std::vector<std::vector<std::string>> rows{
      {"model", "at once", "standing", "median", "range", "CPU", "memory", "in flight", "failed"}};
  for (const row& r : what.rows) {
    if (!timed(r)) {
      rows.push_back({r.model, std::to_string(r.workers), "could not run: " + r.refused, "", "", "",
                      "", "", ""});
      continue;
    }
    rows.push_back({r.model, std::to_string(r.workers), std::string(place_words(r.standing)),
                    in_one_unit(r.seconds).median, range_words(r.seconds),
                    show_seconds(r.cpu.median), show_bytes(static_cast<double>(r.peak_bytes)),
                    std::to_string(r.in_flight), std::to_string(r.failures)});
  }
  page.table(rows, {false, true, false, true, true, true, true, true, true});
}

void add_comparison(html_page& page, const comparison& what) {
  page.heading(sentence(what.workload) + ": " + what.title);
  if (!what.disagreement.empty()) {
    page.verdict("The models gave different results, so no timing is shown.", what.disagreement);
    return;
  }
  std::string rest;
  for (std::size_t i = 1; i < what.reading.size(); ++i) rest += sentence(what.reading[i]) + ". ";
  if (!what.reading.empty()) page.verdict(sentence(what.reading.front()), rest);
  add_charts(page, what);
  page.heading("All figures of " + what.workload);
  add_table(page, what);
  std::vector<std::pair<std::string, std::string>> facts;
  for (const row& r : what.rows) {
    if (!r.note.empty()) facts.emplace_back(label_of(r), r.note);
  }
  page.heading("How each one works");
  page.facts(facts);
  for (const std::string& problem : what.problems) page.paragraph("Problem: " + problem);
}

}  // namespace

std::string as_html(std::span<const comparison> all) {
  html_page page("One piece of work under every model",
                 "measured by tutti compare on this machine");
  for (const comparison& c : all) add_comparison(page, c);
  page.heading("How it was measured");
  std::vector<std::pair<std::string, std::string>> facts;
  facts.emplace_back(
      "first",
      "every model does the work once and all results (length, checksum) are compared; only equal "
      "results are timed, and every timed round is compared again");
  facts.emplace_back(
      "then", "one warm-up round, then rounds in which the models take turns in rotating order");
  facts.emplace_back(
      "time",
      "from nothing to all results: making and ending pools, threads and processes is inside");
  facts.emplace_back(
      "tie", "two models whose ranges overlap are called a tie, whatever their medians say");
  facts.emplace_back(
      "CPU, memory",
      "of all processes of the model together; pages that processes share count in each");
  facts.emplace_back("in flight",
                     "the greatest number of items begun and not ended at one instant");
  if (!all.empty()) {
    facts.emplace_back("machine", std::to_string(all.front().cpus_seen) + " CPUs seen, " +
                                      figure(all.front().effective_cores, 1) +
                                      " effective (measured by doing work)");
    facts.emplace_back("rounds", std::to_string(all.front().rounds));
  }
  page.facts(facts);
  page.heading("What to try next");
  for (const comparison& c : all) {
    for (const std::string& step : next_steps(c)) page.preformatted(step);
  }
  return page.str();
}

}  // namespace tutti::cli::compare
