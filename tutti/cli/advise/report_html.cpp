#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include <tutti/cli/advise/report.hpp>
#include <tutti/cli/html_page.hpp>

namespace tutti::cli::advise {
namespace {

constexpr std::size_t rows_max = 40;  // threads drawn; the others are in the sums

std::string number(double value, int digits) {
  std::array<char, 32> room{};
  std::snprintf(room.data(), room.size(), "%.*f", digits, value);
  return room.data();
}

// Which wait gets which pattern: the four longest have their own, the rest shares one.
struct palette {
  std::array<fill, cause_count> of{};
  std::vector<std::pair<fill, std::string>> entries;
};

palette choose(const figures& f) {
  palette p;
  p.of.fill(fill::rest);
  p.entries = {{fill::busy, "on CPU"}, {fill::wanting, "wanted CPU, had none"}};
  std::array<std::size_t, cause_count> order{};
  for (std::size_t c = 0; c < cause_count; ++c) order[c] = c;
  const auto longer = [&f](std::size_t a, std::size_t b) {
    return f.blocked_by_all[a] > f.blocked_by_all[b];
  };
  std::sort(order.begin(), order.end(), longer);
  constexpr std::array looks{fill::wait_1, fill::wait_2, fill::wait_3, fill::wait_4};
  bool has_rest = false;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (f.blocked_by_all[order[i]] < 0.005 * f.life_s) break;
    if (i < looks.size()) {
      p.of[order[i]] = looks[i];
      p.entries.emplace_back(looks[i], cause_words(static_cast<cause>(order[i])));
    } else {
      has_rest = true;
    }
  }
  if (has_rest) p.entries.emplace_back(fill::rest, "other waits");
  return p;
}

using layers = std::array<double, 7>;  // share of a column by fill

layers layers_of(const bucket& b, double width_s, const thread_share& whole, const palette& p) {
  layers out{};
  out[static_cast<std::size_t>(fill::busy)] = b.on_cpu_s / width_s;
  out[static_cast<std::size_t>(fill::wanting)] = b.wanted_s / width_s;
  double looks = 0;
  for (const float s : b.looks_s) looks += s;
  for (std::size_t c = 0; c < cause_count; ++c) {
    // Where no look fell into this column, the thread's own habits divide it.
    const double share = looks > 0             ? b.looks_s[c] / looks
                         : whole.blocked_s > 0 ? whole.blocked_by[c] / whole.blocked_s
                                               : 0;
    out[static_cast<std::size_t>(p.of[c])] += b.blocked_s / width_s * share;
  }
  double sum = 0;
  for (const double s : out) sum += s;
  if (sum > 1) {
    for (double& s : out) s /= sum;
  }
  return out;
}

bool are_alike(const layers& a, const layers& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::abs(a[i] - b[i]) > 0.04) return false;
  }
  return true;
}

void draw_row(std::string& out, const thread_record& t, const observation& seen, const palette& p,
              double x0, double y0, double width, double height) {
  const thread_share whole = divide(t, seen.wall_s);
  const double columns = seen.wall_s / seen.bucket_s;
  const double step = width / std::max(1.0, columns);
  for (std::size_t i = 0; i < t.timeline.size();) {
    const double span_s = std::min(
        seen.bucket_s,
        std::max(seen.bucket_s * 0.05, seen.wall_s - static_cast<double>(i) * seen.bucket_s));
    const layers first = layers_of(t.timeline[i], span_s, whole, p);
    std::size_t end = i + 1;  // columns that look alike become one
    while (end + 1 < t.timeline.size() &&
           are_alike(first, layers_of(t.timeline[end], seen.bucket_s, whole, p)))
      ++end;
    const double x = x0 + static_cast<double>(i) * step;
    const double w = std::min(static_cast<double>(end - i) * step, x0 + width - x);
    double y = y0 + height;
    for (std::size_t layer = 0; layer < first.size(); ++layer) {
      const double h = first[layer] * height;
      if (h < 0.15 || w <= 0) continue;
      y -= h;
      out += svg::rect(x, y, w, h, static_cast<fill>(layer));
    }
    i = end;
  }
}

std::vector<const thread_record*> rows_of(const report& r) {
  std::vector<const thread_record*> rows;
  for (const thread_record& t : r.seen.threads) {
    if (!t.timeline.empty()) rows.push_back(&t);
  }
  const auto life = [](const thread_record* t) { return t->end_s - t->begin_s; };
  const auto first = [&life](const thread_record* a, const thread_record* b) {
    const double left = a->on_cpu_s + a->wanted_s + life(a) * 0.01;
    const double right = b->on_cpu_s + b->wanted_s + life(b) * 0.01;
    return left > right || (left == right && a->tid < b->tid);
  };
  std::sort(rows.begin(), rows.end(), first);
  if (rows.size() > rows_max) rows.resize(rows_max);
  const auto by_number = [](const thread_record* a, const thread_record* b) {
    return a->begin_s < b->begin_s || (a->begin_s == b->begin_s && a->tid < b->tid);
  };
  std::sort(rows.begin(), rows.end(), by_number);
  return rows;
}

std::string timeline(const report& r, const palette& p) {
  const std::vector<const thread_record*> rows = rows_of(r);
  if (rows.empty() || r.seen.wall_s <= 0) return {};
  constexpr double width = 1000, left = 170, row_height = 24, gap = 8, axis = 30;
  const double height = static_cast<double>(rows.size()) * (row_height + gap) + axis;
  std::string out = "<div class=\"scroll\"><div class=\"wide\">";
  out += svg::open(
      width, height,
      "timeline of " + std::to_string(rows.size()) + " threads: for each, what it did over time");
  const double plot = width - left - 10;
  double y = 0;
  for (const thread_record* t : rows) {
    out += svg::text(left - 8, y + row_height * 0.68,
                     fit_left(printable(t->name), 15) + " " + std::to_string(t->tid), "end");
    draw_row(out, *t, r.seen, p, left, y, plot, row_height);
    out += svg::line(left, y + row_height, left + plot, y + row_height);
    y += row_height + gap;
  }
  constexpr int marks = 5;
  for (int i = 0; i <= marks; ++i) {
    const double x = left + plot * i / marks;
    out += svg::line(x, y - gap + 2, x, y - gap + 7);
    out += svg::text(x, y + 14, show_seconds(r.seen.wall_s * i / marks),
                     i == marks ? "end"
                     : i == 0   ? "start"
                                : "middle",
                     "small");
  }
  return out + svg::close() + "</div></div>\n";
}

void totals(html_page& page, const report& r, const palette& p) {
  std::vector<segment> segments;
  std::vector<std::vector<std::string>> rows{{"", "share", "time", ""}};
  for (const time_row& row : time_rows(r.f)) {
    const fill look = row.is_cpu      ? fill::busy
                      : row.is_wanted ? fill::wanting
                                      : p.of[index_of(row.wait)];
    segments.push_back({look, row.share, row.words + " " + show_percent(row.share)});
    rows.push_back(
        {row.words, show_percent(row.share), show_seconds(row.share * r.f.life_s), row.remark});
  }
  page.heading("Where the time went");
  page.raw(stacked_bar(segments, "where the time of all threads that count went"));
  page.raw(legend(p.entries));
  page.table(rows, {false, true, true, false});
}

void threads_table(html_page& page, const report& r) {
  std::vector<std::vector<std::string>> rows{
      {"thread", "process", "life", "on CPU", "wanted", "blocked", "mostly", "switches"}};
  for (const thread_record* t : rows_of(r)) {
    const thread_share s = divide(*t, r.seen.wall_s);
    const auto most =
        std::max_element(s.blocked_by.begin(), s.blocked_by.end()) - s.blocked_by.begin();
    rows.push_back({printable(t->name) + " " + std::to_string(t->tid), std::to_string(t->pid),
                    show_seconds(s.life_s), show_seconds(s.on_cpu_s), show_seconds(s.wanted_s),
                    show_seconds(s.blocked_s),
                    s.blocked_s > 0.05 * s.life_s ? cause_words(static_cast<cause>(most)) : "",
                    std::to_string(t->voluntary + t->involuntary)});
  }
  page.heading("Threads");
  page.table(rows, {false, true, true, true, true, true, false, true});
  if (r.seen.threads.size() > rows.size() - 1) {
    page.paragraph(number(static_cast<double>(r.seen.threads.size() - rows.size() + 1), 0) +
                       " further threads are in the sums only.",
                   "soft");
  }
}

std::string joined(const std::vector<std::string>& lines, const char* between) {
  std::string out;
  for (const std::string& line : lines) out += (out.empty() ? "" : between) + line;
  return out;
}

}  // namespace

std::string html_report(const report& r) {
  html_page page("tutti advise: " + r.seen.command,
                 headline(r) + (r.ending.empty() ? "" : "; " + r.ending));
  page.raw("<style>.wide { min-width: 620px; }</style>\n");
  page.verdict(kind_words(r.v.what),
               "confidence " + std::string(confidence_name(r.v.sure)) + ": " + agreement(r));
  std::vector<std::pair<std::string, std::string>> what{{"use", r.a.sentence}};
  if (!r.a.arithmetic.empty()) what.emplace_back("because", joined(r.a.arithmetic, "; "));
  for (const refusal& n : r.a.nots) what.emplace_back("not " + n.what, n.why);
  what.emplace_back("try", r.a.next);
  for (const std::string& c : r.a.caveats) what.emplace_back("caveat", c);
  page.facts(what);
  const palette p = choose(r.f);
  if (r.f.life_s > 0) {
    totals(page, r, p);
    page.heading("Every thread over time");
    page.raw("<figure class=\"card\">" + timeline(r, p) + "</figure>\n");
    page.raw(legend(p.entries));
  }
  page.heading("Four questions");
  page.facts({{"type of task", r.a.type_of_task},
              {"resources", r.a.resources},
              {"expected load", r.a.expected_load},
              {"code", r.a.code}});
  page.heading("How the verdict was found");
  std::vector<std::pair<std::string, std::string>> how{
      {r.v.rule > 0 ? "rule " + std::to_string(r.v.rule) : "no rule", r.v.fired_by}};
  for (const std::string& remark : r.v.remarks) how.emplace_back("also", remark);
  how.emplace_back("switches", switches(r.f));
  how.emplace_back("machine", "neighbours used " + number(r.m.neighbour_cpus, 1) + " CPUs, steal " +
                                  show_percent(r.m.steal_share));
  for (const std::string& n : r.seen.notes) how.emplace_back("not seen", n);
  page.facts(how);
  if (r.f.life_s > 0) threads_table(page, r);
  page.heading("What cannot be known from watching one run");
  page.paragraph(joined(cannot_know(), "; ") + ".", "soft");
  return page.str();
}

}  // namespace tutti::cli::advise
