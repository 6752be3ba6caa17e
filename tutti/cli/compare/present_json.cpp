#include <nlohmann/json.hpp>

#include <tutti/cli/compare/present.hpp>

namespace tutti::cli::compare {

namespace {

using nlohmann::ordered_json;

ordered_json of(const summary& s) {
  return {{"median", s.median},
          {"least", s.least},
          {"greatest", s.greatest},
          {"lower_quartile", s.lower_quartile},
          {"upper_quartile", s.upper_quartile}};
}

ordered_json of(const row& r, bool timed) {
  ordered_json out{{"model", r.model}, {"workers", r.workers}, {"note", r.note}};
  if (!r.refused.empty()) {
    out["could_not_run"] = r.refused;
  } else if (timed) {
    out["seconds"] = of(r.seconds);
    out["samples"] = r.samples;
    out["cpu_seconds"] = of(r.cpu);
    out["peak_bytes"] = r.peak_bytes;
    out["in_flight"] = r.in_flight;
    out["failures"] = r.failures;
    out["standing"] = place_words(r.standing);
  }
  return out;
}

ordered_json of(const comparison& c) {
  ordered_json out{{"workload", c.workload},
                   {"title", c.title},
                   {"items", c.items},
                   {"bytes", c.bytes},
                   {"rounds", c.rounds},
                   {"results_equal", c.disagreement.empty()},
                   {"effective_cores", c.effective_cores},
                   {"cpus_seen", c.cpus_seen}};
  if (!c.disagreement.empty()) out["disagreement"] = c.disagreement;
  out["models"] = ordered_json::array();
  for (const row& r : c.rows) out["models"].push_back(of(r, c.disagreement.empty()));
  out["reading"] = c.reading;
  out["problems"] = c.problems;
  return out;
}

}  // namespace

std::string as_json(std::span<const comparison> all) {
  ordered_json out{
      {"tool", "tutti compare"}, {"version", 1}, {"comparisons", ordered_json::array()}};
  for (const comparison& c : all) out["comparisons"].push_back(of(c));
  // What came from outside (a path, a server's words) may be no UTF-8; it is replaced, never thrown
  // about.
  return out.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace tutti::cli::compare
