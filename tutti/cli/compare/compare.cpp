// `tutti compare`: one piece of real work under every model, measured so that the answer can be
// believed.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <tutti/base/error.hpp>
#include <tutti/cli/command.hpp>
#include <tutti/cli/compare/costs.hpp>
#include <tutti/cli/compare/effective_cores.hpp>
#include <tutti/cli/compare/method.hpp>
#include <tutti/cli/compare/models.hpp>
#include <tutti/cli/compare/present.hpp>
#include <tutti/cli/compare/reading.hpp>
#include <tutti/cli/compare/workload.hpp>
#include <tutti/cli/html_page.hpp>
#include <tutti/cli/options.hpp>
#include <tutti/cli/screen.hpp>
#include <tutti/sys/interrupt.hpp>

namespace tutti::cli {
namespace compare {
namespace {

constexpr std::size_t addresses_max = 10'000;
constexpr std::size_t list_bytes_max = 4U << 20U;
constexpr unsigned workers_max = 4096;
constexpr std::size_t widths_max = 8;

// What the options of one command line say.
struct wishes {
  std::vector<kind> kinds;
  request common;
  std::string list;
  std::string workers;
  std::string html;
  bool json = false;
};

int complain(const std::string& what) {
  std::fprintf(stderr, "tutti compare: %s\n", what.c_str());
  return exit_cannot;
}

int misused(const std::string& what) {
  std::fprintf(stderr, "tutti compare: %s\n       tutti compare --help shows the options\n",
               what.c_str());
  return exit_usage;
}

// "8,64": how many at once, one row each. Empty text: as usual.
std::string read_workers(const std::string& text, std::vector<unsigned>& out) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto word = rest.substr(0, rest.find(','));
    unsigned n = 0;
    const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), n);
    if (word.empty() || code != std::errc{} || end != word.data() + word.size() || n == 0 ||
        n > workers_max) {
      return "--workers takes numbers from 1 to 4096, as in 8 or 8,64; '" + printable(text) +
             "' is none";
    }
    if (std::find(out.begin(), out.end(), n) == out.end()) out.push_back(n);
    if (out.size() > widths_max) return "--workers takes at most 8 numbers";
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    if (rest.empty() && text.back() == ',') return "--workers ends in a comma";
  }
  std::sort(out.begin(), out.end());
  return {};
}

// One address a line; empty lines and lines that start with '#' do not count.
std::vector<std::string> read_list(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw error("cannot open the list '" + printable(path) + "'");
  std::vector<std::string> out;
  std::string line;
  std::size_t bytes = 0;
  while (std::getline(in, line)) {
    bytes += line.size();
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty() || line.front() == '#') continue;
    out.push_back(line);
    if (out.size() > addresses_max || bytes > list_bytes_max) {
      throw error("the list '" + printable(path) + "' is longer than 10000 addresses or 4 MiB");
    }
  }
  if (out.empty()) throw error("the list '" + printable(path) + "' holds no address");
  return out;
}

// Tells how far it is: redrawn on a terminal, a line a round elsewhere.
class teller {
 public:
  teller(std::string what, unsigned rounds)
      : what_(std::move(what)),
        rounds_(rounds),
        where_(screen::of(stderr)),
        area_(stderr, where_) {}

  void operator()(const progress& p) {
    const double steps = static_cast<double>(rounds_) + 2;
    const double inside =
        p.total == 0 ? 0 : static_cast<double>(p.done) / static_cast<double>(p.total);
    double share = 0;
    std::string stage = "checking that all models give the same results";
    std::string line = stage;
    if (p.at == progress::stage::checking) share = inside / steps;
    if (p.at == progress::stage::warming) {
      stage = line = "warming up";
      share = (1 + inside) / steps;
    }
    if (p.at == progress::stage::timing) {
      const std::size_t models = std::max<std::size_t>(1, p.total / rounds_);
      line =
          "timing, round " + std::to_string(p.done / models + 1) + " of " + std::to_string(rounds_);
      stage = line;
      share = (2 + inside * rounds_) / steps;
    }
    if (where_.is_terminal) {
      area_.draw(
          {"  " + what_ + "  [" + fit_left(bar(share, 24), 24) + "]  " + stage + ": " + p.model});
    } else if (line != last_) {
      std::fprintf(stderr, "%s: %s\n", what_.c_str(), line.c_str());
    }
    last_ = line;
  }

 private:
  std::string what_;
  unsigned rounds_;
  screen where_;
  live_area area_;
  std::string last_;
};

// Pages of the user's own: before hundreds of questions are asked, one of the first few has to be
// answered.
std::vector<std::string> unanswered(const workload& work) {
  constexpr std::size_t tries = 3;
  std::vector<std::string> problems;
  for (const piece& j : work.pieces) {
    if (problems.size() == tries || sys::interrupt_watch::requested() != 0) break;
    const item_result got = do_piece(j);
    if (got.problem.empty()) return {};
    if (std::find(problems.begin(), problems.end(), got.problem) != problems.end()) break;
    problems.push_back(got.problem);
  }
  return problems;
}

struct finished {
  std::vector<comparison> all;
  int code = exit_ok;
};

void compare_one(kind what, const wishes& asked, finished& out) {
  request wanted = asked.common;
  wanted.what = what;
  const workload work = prepare(wanted);
  if (!wanted.addresses.empty()) {
    if (const auto problems = unanswered(work); !problems.empty()) {
      if (sys::interrupt_watch::requested() != 0) throw comparison_interrupted{};
      for (const std::string& problem : problems)
        std::fprintf(stderr, "tutti compare: %s\n", problem.c_str());
      std::fprintf(
          stderr,
          "tutti compare: none of the first pages could be fetched, so nothing was compared\n");
      out.code = exit_problem;
      return;
    }
  }
  for (const std::string& note : work.notes)
    std::fprintf(stderr, "%s: %s\n", std::string(name_of(what)).c_str(), note.c_str());
  const cores_found cores = measure_cores();
  teller tell{std::string(name_of(what)), wanted.rounds};
  method_options options;
  options.rounds = wanted.rounds;
  options.on_progress = [&tell](const progress& p) { tell(p); };
  comparison got = measure(models_for(wanted, work), work.names, options, this_machine());
  got.workload = name_of(what);
  got.title = work.title;
  got.effective_cores = cores.effective;
  got.cpus_seen = cores.seen;
  got.reading = read_comparison(got);
  const bool failed = std::any_of(got.rows.begin(), got.rows.end(), [](const row& r) {
    return r.failures > 0 || !r.refused.empty() || r.samples.empty();
  });
  if (failed || !got.disagreement.empty()) out.code = exit_problem;
  out.all.push_back(std::move(got));
}

void print_next(const finished& done, const std::string& html) {
  std::string out = "next      ";
  const char* gap = "";
  for (const comparison& c : done.all) {
    for (const std::string& step : next_steps(c)) {
      out += gap + step + "\n";
      gap = "          ";
    }
  }
  if (!html.empty() && html != "-")
    out += std::string(gap) + "the report is in " + printable(html) + "\n";
  std::fputs(out.c_str(), stdout);
}

int compare_all(const wishes& asked) {
  finished done;
  const screen where = screen::of(stdout);
  for (const kind what : asked.kinds) {
    const std::size_t before = done.all.size();
    compare_one(what, asked, done);
    if (done.all.size() == before || asked.json) continue;
    std::fputs((as_table(done.all.back(), where) + "\n").c_str(), stdout);
    std::fflush(stdout);
  }
  if (done.all.empty()) return done.code;
  if (asked.json) {
    if (const std::string problem = write_report("-", as_json(done.all)); !problem.empty())
      return complain(problem);
  }
  if (!asked.html.empty()) {
    if (const std::string problem = write_report(asked.html, as_html(done.all)); !problem.empty())
      return complain(problem);
  }
  if (!asked.json) print_next(done, asked.html);
  if (std::fflush(stdout) != 0) return complain("cannot write the table: is the disk full?");
  return done.code;
}

void declare(options& o, wishes& asked, long long& items, long long& rounds, duration& latency) {
  o.text("--workers", asked.workers, "N[,N...]",
         "how many at once; a row for each (fetch: 8 and all, crunch: the CPUs)");
  o.number("--items", items, "N", "how many pages or files (fetch: 64, crunch: all)", 1, 100'000);
  o.duration("--latency", latency, "TIME", "how long the bundled server takes to answer (20ms)");
  o.number("--rounds", rounds, "N", "timed rounds of each model (7)", 3, 1000);
  o.text("--list", asked.list, "FILE", "addresses to fetch, one a line");
  o.flag("--json", asked.json, "print JSON instead of tables");
  o.text("--html", asked.html, "FILE", "write a report with charts, one self-contained page");
  o.example("tutti compare all --html report.html",
            "fetch, crunch and mixed on this machine's files");
  o.example("tutti compare fetch http://localhost:8080/", "your own pages");
  o.example("tutti compare crunch ~/src --workers 1,2,4", "your own files");
  o.example("tutti compare costs", "what a task, a thread and a process cost here");
  o.exit_code("0", "every model gave the same results");
  o.exit_code("1", "results differ, or something failed; it says what");
  o.exit_code("2", "wrong usage");
  o.exit_code("125", "it could not be done (no such folder, no space for the report)");
  o.exit_code("130", "ended by Ctrl-C");
}

// Fills what is left after parsing; answers a complaint or nothing.
std::string settle(wishes& asked, const arguments& words) {
  request& common = asked.common;
  if (std::string problem = read_workers(asked.workers, common.workers); !problem.empty())
    return problem;
  const bool takes_pages = asked.kinds.size() == 1 && asked.kinds.front() != kind::crunch;
  if (!takes_pages && !asked.list.empty()) return "--list is for fetch and mixed";
  if (asked.kinds.size() > 1 && !words.empty()) {
    return "'" + printable(words.front()) +
           "' is one word too many; name fetch, crunch or mixed to give addresses or a folder";
  }
  if (takes_pages) {
    common.addresses = words;
    if (!asked.list.empty()) {
      const auto more = read_list(asked.list);
      common.addresses.insert(common.addresses.end(), more.begin(), more.end());
    }
    if (common.addresses.size() > addresses_max) return "more than 10000 addresses";
    for (const std::string& text : common.addresses) {
      if (const parsed_address one = parse_address(text); !one.address) return one.problem;
    }
  } else if (words.size() > 1) {
    return "'" + printable(words[1]) + "' is one word too many; crunch takes one folder";
  } else if (!words.empty()) {
    common.folder = words.front();
  }
  return {};
}

// The report's place is tried before minutes of work, not after them; the try leaves nothing
// behind.
bool can_write(const std::string& path) {
  if (path.empty() || path == "-") return true;
  std::error_code code;
  const bool is_new = !std::filesystem::exists(path, code);
  const bool works = std::ofstream(path, std::ios::app).good();
  if (works && is_new) std::filesystem::remove(path, code);
  return works;
}

std::vector<kind> kinds_named(std::string_view word) {
  for (const kind k : {kind::fetch, kind::crunch, kind::mixed}) {
    if (word == name_of(k)) return {k};
  }
  return {kind::fetch, kind::crunch, kind::mixed};
}

int run_compare(const arguments& args) {
  if (!args.empty() && args.front() == "serve") return run_server({args.begin() + 1, args.end()});
  if (!args.empty() && args.front() == "costs") return run_costs({args.begin() + 1, args.end()});
  wishes asked;
  arguments words = args;
  std::string called = "compare";
  if (!words.empty() && !words.front().starts_with("-")) {
    constexpr std::string_view names[]{"fetch", "crunch", "mixed", "all", "costs"};
    const std::string& first = words.front();
    if (std::find(std::begin(names), std::end(names), first) == std::end(names)) {
      const auto near = nearest_name(first, names);
      return misused("there is no workload '" + printable(first) + "'" +
                     (near.empty() ? "; it is fetch, crunch, mixed, all or costs"
                                   : "; did you mean '" + std::string(near) + "'?"));
    }
    called += " " + first;
    asked.kinds = kinds_named(first);
    words.erase(words.begin());
  } else {
    asked.kinds = kinds_named("all");
  }
  options o(called, "one piece of real work under every model, measured honestly");
  long long items = 0;
  long long rounds = 7;
  duration latency = std::chrono::milliseconds(20);
  arguments given;
  declare(o, asked, items, rounds, latency);
  o.words("[WORD]", given,
          "fetch and mixed: addresses to get; crunch: the folder whose files to work on");
  if (const auto code = o.parse(words)) return *code;
  if (latency > std::chrono::seconds(5)) return misused("--latency is at most 5s");
  asked.common.items = static_cast<std::size_t>(items);
  asked.common.rounds = static_cast<unsigned>(rounds);
  asked.common.latency = latency;
  const sys::interrupt_watch watch;
  try {
    if (const std::string problem = settle(asked, given); !problem.empty()) return misused(problem);
    if (!can_write(asked.html))
      return complain("cannot write '" + printable(asked.html) +
                      "'; give --html a path you may write to");
    return compare_all(asked);
  } catch (const comparison_interrupted&) {
    std::fprintf(stderr, "\ntutti compare: interrupted; nothing is left running\n");
    return 128 + sys::interrupt_watch::requested();
  } catch (const error& problem) {
    return complain(problem.what());
  }
}

}  // namespace
}  // namespace compare

extern const command compare_command;
const command compare_command{"compare",
                              "run one workload under every model and compare them honestly",
                              compare::run_compare};

}  // namespace tutti::cli
