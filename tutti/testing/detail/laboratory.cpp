#include <tutti/testing/detail/laboratory.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <tutti/base/clock.hpp>
#include <tutti/testing/failure.hpp>

namespace tutti::detail {
namespace {

assertion_watch& framework() noexcept {
  static assertion_watch watch;
  return watch;
}

constexpr unsigned shrink_runs_max = 2'000;
constexpr std::uint64_t shrink_steps_max = 5'000'000;
constexpr std::chrono::seconds shrink_time_max{10};

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

/// Takes departures out, large groups first, as long as the verdict stays. The budget is counted in
/// runs and steps, so that one seed gives one text; the clock is only the last resort.
run_result laboratory::shrink(run_result found, std::uint64_t seed) {
  run_result best = std::move(found);
  const time_point late = clock::now() + shrink_time_max;
  std::uint64_t steps = 0;
  unsigned runs = 0;
  const auto attempt = [&](const schedule& candidate) {
    replay_chooser who(candidate);
    run_result r = run(who, seed);
    steps += r.steps;
    ++runs;
    if (r.what != best.what || r.choices.size() > best.choices.size() ||
        (r.choices.size() == best.choices.size() && r.steps >= best.steps)) {
      return false;
    }
    best = std::move(r);
    return true;
  };
  const auto exhausted = [&] {
    return runs >= shrink_runs_max || steps >= shrink_steps_max || clock::now() >= late;
  };
  attempt({});
  for (std::size_t chunk = std::max<std::size_t>(1, best.choices.size() / 2);;) {
    bool smaller = false;
    for (std::size_t at = 0; at < best.choices.size() && !exhausted();) {
      schedule without = best.choices;
      const auto first = without.begin() + static_cast<std::ptrdiff_t>(at);
      without.erase(first,
                    first + static_cast<std::ptrdiff_t>(std::min(chunk, without.size() - at)));
      if (attempt(without)) {
        smaller = true;
      } else {
        at += chunk;
      }
    }
    if (exhausted() || (chunk == 1 && !smaller)) return best;
    if (!smaller) chunk /= 2;
    chunk = std::max<std::size_t>(1, std::min(chunk, best.choices.size() / 2));
  }
}

void laboratory::tell(const run_result& found, const std::string& strategy, std::uint64_t seed) {
  run_result smallest = shrink(found, seed);
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
  std::FILE* const file = std::fopen(path, "w");
  if (file == nullptr) throw error("TUTTI_SVG: cannot write " + std::string(path));
  const std::string drawing = lanes_svg(t);
  const bool complete = std::fwrite(drawing.data(), 1, drawing.size(), file) == drawing.size();
  if (std::fclose(file) != 0 || !complete) {
    throw error("TUTTI_SVG: cannot write all of " + std::string(path));
  }
}

std::string failure_text(const run_result& r, const std::string& strategy, std::uint64_t seed,
                         const std::string& picture) {
  const std::string key = "seed=" + std::to_string(seed) + " schedule=" + to_text(r.choices);
  std::string out =
      r.text + " [strategy=" + strategy + " steps=" + std::to_string(r.steps) + ' ' + key + "]\n";
  out += picture;
  if (!r.tree.empty()) {
    const bool somebody_waits = r.tree.find(" waits ") != std::string::npos;
    out += (somebody_waits ? "who waits:\n" : "nobody waits:\n") + r.tree;
  }
  out += "again: TUTTI_REPLAY='" + key + "'";
  return out;
}

}  // namespace tutti::detail
