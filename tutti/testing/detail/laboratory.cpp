#include <tutti/testing/detail/laboratory.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <tutti/testing/backend/build.hpp>
#include <tutti/testing/detail/shrinker.hpp>
#include <tutti/testing/failure.hpp>

namespace tutti::detail {
namespace {

assertion_watch& framework() noexcept {
  static assertion_watch watch;
  return watch;
}

}  // namespace

void set_assertion_watch(assertion_watch watch) noexcept { framework() = watch; }

run_result laboratory::run(chooser& who, std::uint64_t seed, trace* record, bool wants_counts) {
  simulation::setup how;
  how.chooses = &who;
  how.seed = seed;
  how.steps_max = conditions_.steps_max;
  how.faults = conditions_.faults.empty() ? nullptr : &conditions_.faults;
  how.swarm = conditions_.swarm;
  how.timer_jitter = conditions_.timer_jitter;
  how.weak_memory = conditions_.weak_memory;
  how.threads_are_read = true;
  how.wants_counts = wants_counts;
  how.record = record;
  how.wants_tree = record != nullptr;
  if (framework().begin == nullptr) return world_.run(how, scenario_);
  framework().begin();
  run_result out = world_.run(how, scenario_);
  const std::string broken = framework().end();
  if (!broken.empty() && out.what == verdict::good) {
    out.what = verdict::check;
    out.text = broken;
    if (record != nullptr) {
      record->events.emplace_back(event::kind::fails, 0).text = broken.substr(0, broken.find('\n'));
    }
  }
  return out;
}

void laboratory::tell(const run_result& found, const std::string& strategy, std::uint64_t seed) {
  const auto one = [this, seed](chooser& who) { return run(who, seed); };
  run_result smallest = shrinker(one, found, seed).smallest();
  trace record;
  replay_chooser who(smallest.choices);
  const run_result again = run(who, seed, &record);
  std::string picture;
  if (again.what == smallest.what) {
    smallest = again;
    picture = lanes(record);
    draw_on_request(record);
  } else {
    picture = "  (this scenario depends on more than its schedule: run again, it went otherwise)\n";
  }
  throw testing::failure(failure_text(smallest, strategy, seed, picture), seed,
                         to_text(smallest.choices));
}

void draw_on_request(const trace& t) {
  const char* const path = std::getenv("TUTTI_SVG");
  if (path == nullptr || *path == '\0') return;
  const std::string drawing = lanes_svg(t);
  std::FILE* const file = std::fopen(path, "w");
  bool complete = file != nullptr;
  if (complete) {
    complete = std::fwrite(drawing.data(), 1, drawing.size(), file) == drawing.size();
    complete = std::fclose(file) == 0 && complete;
  }
  // What was found matters more than its picture.
  if (!complete) std::fprintf(stderr, "tutti: TUTTI_SVG: cannot write %s\n", path);
}

std::string failure_text(const run_result& r, const std::string& strategy, std::uint64_t seed,
                         const std::string& picture) {
  const std::string key = "seed=" + std::to_string(seed) + " schedule=" + to_text(r.choices);
  // What a check says may have lines, the names of threads are only meant to be on one.
  const bool has_lines = r.what == verdict::check || r.what == verdict::exception;
  const std::size_t line = has_lines ? std::min(r.text.find('\n'), r.text.size()) : r.text.size();
  std::string out = r.text.substr(0, line);
  const auto breaks = [](char c) { return c == '\n' || c == '\r' || c == '\t'; };
  std::replace_if(out.begin(), out.end(), breaks, ' ');
  out += " [strategy=" + strategy + " steps=" + std::to_string(r.steps) + " build=" + build_id() +
         ' ' + key + "]";
  out += r.text.substr(line) + '\n' + picture;
  if (!r.tree.empty()) {
    const bool somebody_waits = r.tree.find(" waits ") != std::string::npos;
    out += (somebody_waits ? "who waits:\n" : "nobody waits:\n") + r.tree;
  }
  out += "again: TUTTI_REPLAY='strategy=" + strategy + ' ' + key + "'";
  return out;
}

}  // namespace tutti::detail
