#include <nlohmann/json.hpp>

#include <tutti/cli/advise/report.hpp>

namespace tutti::cli::advise {
namespace {

using nlohmann::ordered_json;

ordered_json causes(const by_cause& seconds) {
  ordered_json out = ordered_json::object();
  for (std::size_t c = 0; c < cause_count; ++c) {
    if (seconds[c] > 0) out[cause_name(static_cast<cause>(c))] = seconds[c];
  }
  return out;
}

ordered_json thread_json(const thread_record& t, double wall_s) {
  const thread_share s = divide(t, wall_s);
  ordered_json out;
  out["pid"] = t.pid;
  out["tid"] = t.tid;
  out["name"] = printable(t.name);
  if (t.folded_threads > 0) out["stands_for"] = t.folded_threads;
  out["begin_s"] = t.begin_s;
  out["life_s"] = s.life_s;
  out["on_cpu_s"] = s.on_cpu_s;
  out["wanted_s"] = s.wanted_s;
  out["blocked_s"] = causes(s.blocked_by);
  out["looks"] = t.looks;
  out["voluntary_switches"] = t.voluntary;
  out["involuntary_switches"] = t.involuntary;
  out["is_dormant"] = s.is_dormant;
  return out;
}

ordered_json process_json(const process_record& p) {
  ordered_json out;
  out["pid"] = p.pid;
  out["parent"] = p.parent;
  out["name"] = printable(p.name);
  out["life_s"] = p.end_s - p.begin_s;
  out["user_s"] = p.user_s;
  out["kernel_s"] = p.kernel_s;
  out["minor_faults"] = p.minor_faults;
  out["major_faults"] = p.major_faults;
  out["read_bytes"] = p.read_bytes;
  out["written_bytes"] = p.written_bytes;
  out["threads_max"] = p.threads_max;
  out["peak_rss_kib"] = p.peak_rss_kib;
  return out;
}

ordered_json machine_json(const machine_facts& m) {
  ordered_json out;
  out["cpus_seen"] = m.cpus_seen;
  out["cpus_allowed"] = m.cpus_allowed;
  out["quota_cpus"] = m.quota_cpus > 0 ? ordered_json(m.quota_cpus) : ordered_json(nullptr);
  out["effective_cores"] =
      m.effective_cores > 0 ? ordered_json(m.effective_cores) : ordered_json(nullptr);
  out["neighbour_cpus"] = m.neighbour_cpus;
  out["steal_share"] = m.steal_share;
  out["throttled_s"] = m.throttled_s;
  const auto share = [](double s) { return s >= 0 ? ordered_json(s) : ordered_json(nullptr); };
  out["stalled_share"] = {
      {"cpu", share(m.psi_cpu)}, {"io", share(m.psi_io)}, {"memory", share(m.psi_memory)}};
  out["memory_available"] = m.memory_available;
  out["memory_limit"] = m.memory_limit > 0 ? ordered_json(m.memory_limit) : ordered_json(nullptr);
  out["descriptors_limit"] =
      m.descriptors_limit > 0 ? ordered_json(m.descriptors_limit) : ordered_json(nullptr);
  return out;
}

}  // namespace

std::string json_report(const report& r) {
  const figures& f = r.f;
  ordered_json out;
  out["format"] = "tutti-advise/1";
  out["command"] = printable(r.seen.command);
  out["ending"] = r.ending;
  out["wall_s"] = f.wall_s;
  out["runs"] = r.seen.runs;
  out["samples"] = f.looks;
  out["observer_share"] = f.observer_share;
  out["verdict"] = {{"kind", kind_name(r.v.what)},
                    {"words", kind_words(r.v.what)},
                    {"rule", r.v.rule},
                    {"fired_by", r.v.fired_by},
                    {"confidence", confidence_name(r.v.sure)},
                    {"reasons", r.v.reasons},
                    {"remarks", r.v.remarks},
                    {"is_machine_busy", r.v.is_machine_busy}};
  out["answers"] = {{"type_of_task", r.a.type_of_task},
                    {"resources", r.a.resources},
                    {"expected_load", r.a.expected_load},
                    {"code", r.a.code}};
  ordered_json nots = ordered_json::array();
  for (const refusal& n : r.a.nots) nots.push_back({{"what", n.what}, {"why", n.why}});
  out["advice"] = {{"model", model_name(r.a.use)},
                   {"size", r.a.size > 0 ? ordered_json(r.a.size) : ordered_json(nullptr)},
                   {"is_provisional", r.a.is_provisional},
                   {"use", r.a.sentence},
                   {"arithmetic", r.a.arithmetic},
                   {"not", nots},
                   {"try", r.a.next},
                   {"caveats", r.a.caveats}};
  out["figures"] = {{"demand_cpus", f.demand},
                    {"used_cpus", f.used},
                    {"kernel_share", f.kernel_share},
                    {"threads_counted", f.threads_counted},
                    {"threads_dormant", f.threads_dormant},
                    {"threads_seen", f.threads_seen},
                    {"threads_at_once_max", r.seen.threads_at_once_max},
                    {"processes_seen", f.processes_seen},
                    {"life_s", f.life_s},
                    {"on_cpu_s", f.on_cpu_s},
                    {"wanted_s", f.wanted_s},
                    {"unseen_cpu_s", f.unseen_cpu_s},
                    {"blocked_s", causes(f.blocked_by)},
                    {"sockets_at_once", f.sockets_at_once},
                    {"same_address_waiters", f.crowd_waiters},
                    {"loop_busy", f.loop_busy},
                    {"mean_wait_s", f.mean_wait_s},
                    {"voluntary_switches", f.voluntary},
                    {"involuntary_switches", f.involuntary},
                    {"looks_blocked_share", f.looks_blocked_share},
                    {"accounted_blocked_share", f.accounted_blocked_share},
                    {"peak_rss_bytes", f.peak_rss_bytes}};
  out["machine"] = machine_json(r.m);
  out["threads"] = ordered_json::array();
  for (const thread_record& t : r.seen.threads)
    out["threads"].push_back(thread_json(t, r.seen.wall_s));
  out["processes"] = ordered_json::array();
  for (const process_record& p : r.seen.processes) out["processes"].push_back(process_json(p));
  ordered_json notes = ordered_json::array();
  for (const std::string& n : r.seen.notes) notes.push_back(printable(n));
  out["not_seen"] = notes;
  out["cannot_be_known"] = cannot_know();
  return out.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace tutti::cli::advise
