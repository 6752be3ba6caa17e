#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include <tutti/cli/advise/report.hpp>

namespace tutti::cli::advise {
namespace {

std::string number(double value, int digits = 0) {
  std::array<char, 32> room{};
  std::snprintf(room.data(), room.size(), "%.*f", digits, value);
  return room.data();
}

std::string plural(double count, const std::string& one, const std::string& many) {
  return number(count) + " " + (std::lround(count) == 1 ? one : many);
}

std::string wait_remark(const figures& f, cause c) {
  const double at_once = f.wall_s > 0 ? f.blocked_by[index_of(c)] / f.wall_s : 0;
  switch (c) {
    case cause::socket:
      return number(at_once, 1) + " at once on average";
    case cause::futex:
      return f.crowd_waiters >= 0.5 ? number(f.crowd_waiters, 1) + " at the same address"
                                    : number(at_once, 1) + " at once";
    case cause::file:
      return number(f.file_calls_per_s) + " read and write calls a second";
    case cause::event:
      return plural(f.loops, "loop", "loops");
    case cause::stopped:
      return "SIGSTOP or a debugger";
    default:
      return number(at_once, 1) + " at once on average";
  }
}

// A labelled paragraph: the label once, the text wrapped beside it.
void paragraph(std::string& out, const std::string& label, std::size_t label_width,
               const std::string& words, std::size_t width, const screen& where,
               style how = style::plain) {
  const std::size_t room = std::max<std::size_t>(30, width - label_width - 4);
  bool is_first = true;
  for (const std::string& line : wrap(words, room)) {
    out += "  " + fit_left(is_first ? label : "", label_width) + where.paint(how, line) + "\n";
    is_first = false;
  }
}

style style_of(confidence c) {
  return c == confidence::high ? style::good : c == confidence::medium ? style::warn : style::bad;
}

}  // namespace

std::vector<time_row> time_rows(const figures& f) {
  std::vector<time_row> rows;
  if (f.life_s <= 0) return rows;
  for (std::size_t c = 0; c < cause_count; ++c) {
    const double share = f.blocked_by[c] / f.life_s;
    if (share < 0.005) continue;
    const auto which = static_cast<cause>(c);
    rows.push_back({cause_words(which), share, wait_remark(f, which), false, false, which});
  }
  const std::string code = f.kernel_share >= 0.5 ? "mostly in the kernel" : "mostly user code";
  rows.push_back({"on CPU", f.on_cpu_s / f.life_s,
                  show_seconds(f.on_cpu_s + f.unseen_cpu_s) + ", " + code, true, false,
                  cause::unknown});
  rows.push_back({"wanted CPU, had none", f.wanted_s / f.life_s,
                  f.wall_s > 0 && f.wanted_s / f.wall_s >= 0.1
                      ? number(f.wanted_s / f.wall_s, 1) + " threads in the queue"
                      : "",
                  false, true, cause::unknown});
  const auto longer = [](const time_row& a, const time_row& b) { return a.share > b.share; };
  std::sort(rows.begin(), rows.end(), longer);
  return rows;
}

std::string headline(const report& r) {
  const figures& f = r.f;
  std::string line = printable(r.seen.command);
  line += (r.seen.is_foreign ? " was watched for " : " ran ") + show_seconds(f.wall_s);
  if (r.seen.runs > 1) line += " in " + number(r.seen.runs) + " runs";
  line += ", " + plural(f.processes_seen, "process", "processes") + ", " +
          plural(std::max<double>(f.threads_seen, r.seen.threads_at_once_max), "thread", "threads");
  line += ", " + number(static_cast<double>(f.looks)) + " samples, observer cost ";
  const bool is_a_moment = f.wall_s < 0.1;  // a share of nearly nothing says nothing
  line += is_a_moment ? show_seconds(r.seen.observer_cpu_s)
                      : show_percent(f.observer_share) + " of a core";
  return line;
}

std::string agreement(const report& r) {
  if (r.v.what == kind::none) return "too little was seen";
  std::string text = "accounting and samples agree within " +
                     plural(std::max(1.0, std::ceil(r.f.disagreement() * 100)), "point", "points");
  if (r.v.reasons.empty()) return text;
  if (r.f.disagreement() > limit::disagreement_max) text.clear();
  for (const std::string& why : r.v.reasons) text += (text.empty() ? "" : "; ") + why;
  return text;
}

std::string switches(const figures& f) {
  return number(f.voluntary) + " voluntary, " + number(f.involuntary) + " forced (" +
         number(f.voluntary_per_s) + "/s, " + number(f.involuntary_per_s) + "/s)";
}

std::string text_report(const report& r, const screen& where) {
  const auto width = static_cast<std::size_t>(std::clamp(where.columns, 60, 120));
  constexpr std::size_t label = 20;
  std::string out = "\n";
  for (const std::string& line : wrap(headline(r), width - 4)) out += "  " + line + "\n";
  if (!r.ending.empty()) out += "  " + where.paint(style::warn, r.ending) + "\n";
  out += "\n";
  if (r.f.life_s > 0) {
    out += "  where the time went, per thread";
    if (r.f.threads_dormant >= 1) {
      out += where.paint(style::faint, "  (without " +
                                           plural(r.f.threads_dormant, "thread", "threads") +
                                           " that slept all the time)");
    }
    out += "\n";
    const std::size_t bar_width = std::clamp<std::size_t>(width > 76 ? width - 66 : 10, 10, 40);
    for (const time_row& row : time_rows(r.f)) {
      const style how = row.is_cpu ? style::accent : row.is_wanted ? style::warn : style::plain;
      std::string line = "    " + fit_left(row.words, 26) +
                         where.paint(how, fit_left(bar(row.share, bar_width), bar_width));
      line += fit_right(show_percent(row.share), 7) + "   " + row.remark;
      while (line.back() == ' ') line.pop_back();
      out += line + "\n";
    }
    out += "\n";
  }
  paragraph(out, "verdict", label, kind_words(r.v.what), width, where, style::strong);
  paragraph(out, "confidence", label, std::string(confidence_name(r.v.sure)) + ": " + agreement(r),
            width, where, style_of(r.v.sure));
  paragraph(out, r.v.rule > 0 ? "rule " + number(r.v.rule) : "no rule", label, r.v.fired_by, width,
            where);
  for (const std::string& remark : r.v.remarks) paragraph(out, "also", label, remark, width, where);
  out += "\n";
  paragraph(out, "type of task", label, r.a.type_of_task, width, where);
  paragraph(out, "resources", label, r.a.resources, width, where);
  paragraph(out, "expected load", label, r.a.expected_load, width, where);
  paragraph(out, "code", label, r.a.code, width, where);
  out += "\n";
  paragraph(out, "use", label,
            r.a.sentence + (r.a.is_provisional ? " (provisional: the machine was busy)" : ""),
            width, where, style::strong);
  for (const std::string& line : r.a.arithmetic)
    paragraph(out, "", label, line, width, where, style::faint);
  for (const refusal& n : r.a.nots)
    paragraph(out, "not", label, n.what + ": " + n.why, width, where);
  paragraph(out, "try", label, r.a.next, width, where, style::accent);
  for (const std::string& c : r.a.caveats) paragraph(out, "caveat", label, c, width, where);
  for (const std::string& n : r.seen.notes)
    paragraph(out, "not seen", label, printable(n), width, where);
  out += "\n";
  paragraph(out, "switches", label, switches(r.f), width, where, style::faint);
  std::string around = "neighbours used " + number(r.m.neighbour_cpus, 1) + " CPUs, steal " +
                       show_percent(r.m.steal_share);
  if (r.m.psi_cpu >= 0) {
    around += ", stalls: CPU " + show_percent(r.m.psi_cpu) + ", storage " +
              show_percent(r.m.psi_io) + ", memory " + show_percent(r.m.psi_memory);
  }
  if (r.m.throttled_s > 0) around += ", throttled by its cgroup " + show_seconds(r.m.throttled_s);
  paragraph(out, "machine", label, around, width, where, style::faint);
  std::string unknown;
  for (const std::string& line : cannot_know()) unknown += (unknown.empty() ? "" : "; ") + line;
  paragraph(out, "cannot be known", label, unknown, width, where, style::faint);
  out += "\n";
  return out;
}

}  // namespace tutti::cli::advise
