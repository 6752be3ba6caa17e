// One report, three faces: a screen of text, JSON for programs, a page of HTML. All pure functions
// of the same facts.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <tutti/cli/advise/recommend.hpp>
#include <tutti/cli/screen.hpp>

namespace tutti::cli::advise {

struct report {
  observation seen;
  figures f;
  machine_facts m;
  verdict v;
  advice a;
  std::string ending;  ///< "ended with exit code 3"; empty when there is nothing to say
};

/// One line of "where the time went": words, share of the time of the threads that count, a remark.
struct time_row {
  std::string words;
  double share = 0;
  std::string remark;
  bool is_cpu = false;
  bool is_wanted = false;
  cause wait = cause::unknown;
};
/// Longest first; waits under half a percent are left out.
std::vector<time_row> time_rows(const figures& f);

/// "make ran 12.4 s, 3 processes, …": the first line of every report.
std::string headline(const report& r);
/// "accounting and samples agree within 2 points", or why confidence is lower.
std::string agreement(const report& r);
/// How often threads were switched.
std::string switches(const figures& f);

std::string text_report(const report& r, const screen& where);
std::string json_report(const report& r);
std::string html_report(const report& r);

}  // namespace tutti::cli::advise
