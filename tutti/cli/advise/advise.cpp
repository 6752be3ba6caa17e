// `tutti advise`: what is this program waiting for, and which model fits?
#include <charconv>
#include <cstdio>
#include <fstream>

#include <tutti/cli/advise/report.hpp>
#include <tutti/cli/advise/watch.hpp>
#include <tutti/cli/command.hpp>
#include <tutti/cli/compare/effective_cores.hpp>
#include <tutti/cli/html_page.hpp>
#include <tutti/cli/options.hpp>
#include <tutti/sys/procfs.hpp>
#include <tutti/sys/topology.hpp>

namespace tutti::cli {
namespace {

using namespace advise;

struct request {
  arguments words;
  long long pid = 0;
  std::chrono::nanoseconds at_most{0};
  long long repeat = 1;
  std::string load;
  std::chrono::nanoseconds latency{0};
  long long tasks = 0;
  bool isolate = false;
  std::string code;
  std::string task;
  std::string json;
  std::string html;
  bool quiet = false;
  bool live = false;
};

void declare(options& o, request& r) {
  o.rest("CMD", r.words, "the program to watch, and its arguments");
  o.number("--pid", r.pid, "PID", "watch a process that is there already (until Ctrl-C or --for)",
           1, 1LL << 30);
  o.duration("--for", r.at_most, "TIME",
             "watch at most this long, then ask the program to end (SIGTERM)");
  o.number("--repeat", r.repeat, "N", "run it N times and add up: for programs that end at once", 1,
           10000);
  o.text("--load", r.load, "N/s",
         "expected load: items a second, for Little's law (200/s, 50/min)");
  o.duration("--latency", r.latency, "TIME",
             "how long one item takes; else the mean wait is measured");
  o.number("--tasks", r.tasks, "N", "items that are to be in flight at once", 1, 1LL << 30);
  o.flag("--isolate", r.isolate, "a crash of one item must not hurt the others");
  o.text("--code", r.code, "SHAPE", "what the code looks like: blocking or async");
  o.text("--task", r.task, "KIND", "no program at hand: io, cpu or mixed, and the advice for it");
  o.text("--json", r.json, "FILE", "the report as JSON ('-': standard output)");
  o.text("--html", r.html, "FILE", "the report as one HTML page with a timeline of every thread");
  o.flag("--live", r.live, "redraw the threads even though the program writes to this terminal");
  o.flag("-q,--quiet", r.quiet, "nothing but the report");
  o.example("tutti advise -- make -j4", "watch a build");
  o.example("tutti advise --load 200/s -- ./fetch-prices", "how many at once for 200 a second?");
  o.example("tutti advise --html r.html --for 30s -- ./server",
            "a page with a timeline, after 30 s");
  o.example("tutti advise --pid 4242 --for 10s", "a process that is there already");
  o.example("tutti advise --task cpu --isolate", "no program yet: only the advice");
  o.exit_code("as CMD",
              "its exit code, or 128 + the signal that ended it; 0 after --for and --pid");
  o.exit_code("2", "wrong usage, nothing was run");
  o.exit_code("125", "tutti could not do it: no such process, report not writable");
  o.exit_code("126, 127", "CMD cannot be executed, CMD does not exist");
  o.note(
      "The report goes to standard error; CMD keeps standard input and output. "
      "docs/guide/choosing.md explains it.");
}

int complain(const std::string& what) {
  std::fputs(("tutti advise: " + what + "\n       tutti advise --help shows the options\n").c_str(),
             stderr);
  return exit_usage;
}

// "200/s", "50/min", "7200/h" or a bare number, per second.
std::optional<double> parse_load(std::string_view text) {
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !(value > 0) || value > 1e12) return {};
  const std::string_view unit = text.substr(static_cast<std::size_t>(stop - text.data()));
  if (unit.empty() || unit == "/s") return value;
  if (unit == "/min" || unit == "/m") return value / 60;
  if (unit == "/h") return value / 3600;
  return {};
}

std::string read_wishes(const request& r, wishes& w) {
  if (!r.load.empty()) {
    w.load_per_s = parse_load(r.load);
    if (!w.load_per_s)
      return "'" + printable(r.load) + "' is not a load (write 200/s, 50/min or 1000/h)";
  }
  if (r.latency.count() > 0) w.latency_s = std::chrono::duration<double>(r.latency).count();
  if (r.tasks > 0) w.at_once = static_cast<double>(r.tasks);
  w.needs_isolation = r.isolate;
  if (r.code == "blocking")
    w.code = code_shape::blocking;
  else if (r.code == "async")
    w.code = code_shape::async;
  else if (!r.code.empty())
    return "--code is blocking or async, not '" + printable(r.code) + "'";
  return {};
}

// Before a long run: a report that cannot be written is found out now.
std::string check_writable(const std::string& path) {
  if (path.empty() || path == "-") return {};
  const bool was_there = std::ifstream(path).good();
  const std::ofstream probe(path, std::ios::app);
  if (!probe) {
    return "the report '" + printable(path) +
           "' cannot be written there; nothing was run. Give another path, or '-' for "
           "standard output";
  }
  if (!was_there) std::remove(path.c_str());
  return {};
}

machine_facts machine_now() {
  machine_facts m;
  m.cpus_allowed = sys::effective_cores();
  m.cpus_seen = std::max(m.cpus_allowed, count_cpus(sys::read_text("/proc/stat").value_or("")));
  const auto memory = parse_meminfo(sys::read_text("/proc/meminfo").value_or(""), "MemAvailable");
  m.memory_available = static_cast<double>(memory.value_or(0));
  m.descriptors_limit = static_cast<double>(sys::descriptors_max());
  return m;
}

// Writes what was asked for; answers whether everything could be written.
bool deliver(const request& r, const report& rep) {
  std::fputs(text_report(rep, screen::of(stderr)).c_str(), stderr);
  bool is_good = true;
  const auto put = [&is_good](const std::string& path, const std::string& content) {
    if (path.empty()) return;
    const std::string problem = write_report(path, content);
    if (problem.empty()) return;
    std::fputs(("tutti advise: " + problem + "\n").c_str(), stderr);
    is_good = false;
  };
  put(r.json, r.json.empty() ? "" : json_report(rep));
  put(r.html, r.html.empty() ? "" : html_report(rep));
  return is_good;
}

int advise_without_program(const request& r, const wishes& w) {
  described_work work;
  if (r.task == "io")
    work.what = described_work::task::io;
  else if (r.task == "cpu")
    work.what = described_work::task::cpu;
  else if (r.task == "mixed")
    work.what = described_work::task::mixed, work.wait_per_compute = 3;
  else
    return complain("--task is io, cpu or mixed, not '" + printable(r.task) + "'");
  report rep;
  rep.m = machine_now();
  rep.m.effective_cores = compare::measure_cores().effective;
  rep.a = recommend_described(work, rep.m, w);
  const screen where = screen::of(stdout);
  std::string out;
  const auto row = [&out, &where](const std::string& label, const std::string& words,
                                  style how = style::plain) {
    bool is_first = true;
    for (const std::string& line :
         wrap(words, static_cast<std::size_t>(std::clamp(where.columns, 60, 120)) - 22)) {
      out += "  " + fit_left(is_first ? label : "", 18) + where.paint(how, line) + "\n";
      is_first = false;
    }
  };
  row("type of task", rep.a.type_of_task);
  row("resources", rep.a.resources);
  row("expected load", rep.a.expected_load);
  row("code", rep.a.code);
  row("use", rep.a.sentence, style::strong);
  for (const std::string& line : rep.a.arithmetic) row("", line, style::faint);
  for (const refusal& n : rep.a.nots) row("not", n.what + ": " + n.why);
  for (const std::string& c : rep.a.caveats) row("caveat", c);
  row("try", "tutti advise -- CMD, as soon as there is a program: measured beats told",
      style::accent);
  std::fputs(out.c_str(), stdout);
  if (r.json.empty()) return exit_ok;
  const std::string problem = write_report(r.json, json_report(rep));
  if (!problem.empty()) std::fputs(("tutti advise: " + problem + "\n").c_str(), stderr);
  return problem.empty() ? exit_ok : exit_cannot;
}

watched watch_all(sys::foreign_child& child, const request& r) {
  watch_settings with;
  with.is_quiet = r.quiet;
  with.wants_live = r.live;
  if (r.at_most.count() > 0) with.at_most = r.at_most;
  if (r.pid > 0) return watch_process(child, static_cast<int>(r.pid), with);
  watched all = watch_program(child, r.words, with);
  for (long long run = 1; run < r.repeat; ++run) {
    if (!all.cannot.empty() || all.is_interrupted || all.is_cut_short) break;
    watched next = watch_program(child, r.words, with);
    if (!next.cannot.empty()) break;
    add_run(all.seen, std::move(next.seen));
    all.is_interrupted = next.is_interrupted;
    all.is_cut_short = next.is_cut_short;
    if (all.exit_code == 0) {
      all.exit_code = next.exit_code;
      all.ending = next.ending;
    }
  }
  return all;
}

int run_advise(const arguments& args) {
  request r;
  options o("advise", "what is this program waiting for, and which model fits?");
  declare(o, r);
  if (const auto code = o.parse(args)) return *code;
  wishes w;
  if (const std::string wrong = read_wishes(r, w); !wrong.empty()) return complain(wrong);
  if (!r.task.empty()) {
    if (!r.words.empty() || r.pid > 0)
      return complain("--task describes work without a program; leave the program out");
    return advise_without_program(r, w);
  }
  if (r.words.empty() && r.pid == 0)
    return complain("which program? Write: tutti advise -- CMD, or --pid PID");
  if (!r.words.empty() && r.pid > 0) return complain("either a program or --pid, not both");
  for (const std::string& path : {r.json, r.html}) {
    if (const std::string problem = check_writable(path); !problem.empty()) {
      std::fputs(("tutti advise: " + problem + "\n").c_str(), stderr);
      return exit_cannot;
    }
  }
  sys::foreign_child child;
  watched seen = watch_all(child, r);
  if (!seen.cannot.empty()) {
    std::fputs(("tutti advise: " + seen.cannot + "\n").c_str(), stderr);
    return seen.exit_code;
  }
  report rep;
  rep.seen = std::move(seen.seen);
  rep.m = seen.machine;
  if (seen.is_cut_short) child.send_terminate();
  rep.ending = seen.ending;
  if (!seen.is_interrupted) {
    const double found = compare::measure_cores().effective;
    rep.m.effective_cores = rep.m.quota_cpus > 0 ? std::min(found, rep.m.quota_cpus) : found;
  }
  rep.f = figures_of(rep.seen);
  rep.v = classify(rep.f, rep.m);
  rep.a = recommend(rep.v, rep.f, rep.m, w);
  const bool is_written = deliver(r, rep);
  if (seen.is_cut_short) {
    while (!child.end().has_ended) child.wait(std::chrono::seconds(1));
    return is_written ? exit_ok : exit_cannot;
  }
  return seen.exit_code == 0 && !is_written ? exit_cannot : seen.exit_code;
}

}  // namespace

extern const command advise_command;
const command advise_command{"advise", "what is a program waiting for, and which model fits",
                             run_advise};

}  // namespace tutti::cli
