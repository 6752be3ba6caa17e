#include <tutti/testing/explore.hpp>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <optional>

#include <tutti/testing/detail/laboratory.hpp>
#include <tutti/testing/fault.hpp>
#include <tutti/testing/run_virtual.hpp>

namespace tutti::testing {
namespace {

constexpr std::uint64_t usual_seed = 1;
constexpr double swarm_probability = 0.05;  // on average, of what a seed has turned on

std::uint64_t first_seed(std::uint64_t wish) {
  if (wish != 0) return wish;
  const char* const text = std::getenv("TUTTI_SEED");
  if (text == nullptr || *text == '\0') return usual_seed;
  std::uint64_t value = 0;
  const std::string_view digits(text);
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (problem != std::errc() || end != digits.data() + digits.size() || value == 0) {
    throw error("TUTTI_SEED is '" + std::string(digits) + "'; it must be a positive number");
  }
  return value;
}

detail::laboratory::conditions conditions_of(options& how) {
  detail::laboratory::conditions out;
  out.steps_max = how.steps_max;
  out.swarm = how.swarm;
  out.timer_jitter = how.timer_jitter;
  out.weak_memory = how.weak_memory;
  for (fault_site& s : how.faults) {
    if (!(s.probability >= 0 && s.probability <= 1)) {
      throw error("options.faults: the probability of \"" + s.name + "\" is " +
                  std::to_string(s.probability) + "; it must lie between 0 and 1");
    }
    out.faults.push_back({std::move(s.name), s.probability, s.number});
  }
  if (how.swarm && how.faults.empty()) {
    for (const known_fault& f : known_faults()) {
      out.faults.push_back({std::string(f.site), swarm_probability, f.number});
    }
  }
  return out;
}

/// "1/4800".
std::string one_in(double chance) {
  return "1/" + std::to_string(static_cast<std::uint64_t>(1 / chance + 0.5));
}

/// The chooser of one seeded run and how it is called. The seed alone decides, so that the same
/// seed makes the same run at whatever place of a search it comes.
struct drawn {
  std::unique_ptr<detail::chooser> who;
  std::string name;
};
drawn draw(strategy wish, std::uint64_t seed, const detail::run_result& first) {
  detail::random dice(seed);
  const detail::random stream = dice.split();
  if (wish == strategy::uniform) {
    return {std::make_unique<detail::uniform_chooser>(stream, first.steps_of), "uniform"};
  }
  const bool walk = wish == strategy::random || (wish == strategy::portfolio && dice.below(2) == 0);
  if (walk) return {std::make_unique<detail::random_chooser>(stream), "random"};
  const auto depth = static_cast<unsigned>(2 + dice.below(4));
  return {std::make_unique<detail::pct_chooser>(stream, depth, first.steps),
          "pct d=" + std::to_string(depth) + " n=" + std::to_string(first.strands) +
              " k=" + std::to_string(first.steps) +
              " bound=" + one_in(pct_bound(first.strands, first.steps, depth))};
}

void refuse_nesting() {
  if (detail::simulation::here() != nullptr) {
    throw error("explore() was called inside a simulation: take the inner scenario out");
  }
}

constexpr const char* look_for =
    "; look for real time, addresses used as order, or state kept between runs";

/// Finds what makes a run more than its schedule.
void require_same(const detail::run_result& one, const detail::run_result& two,
                  std::uint64_t seed) {
  if (one.hash == two.hash && one.steps == two.steps && one.what == two.what) return;
  throw failure("the scenario is not deterministic: seed=" + std::to_string(seed) + " took " +
                    std::to_string(one.steps) + " steps, then " + std::to_string(two.steps) +
                    look_for,
                seed, "straight");
}

}  // namespace

double pct_bound(std::uint32_t threads, std::uint64_t steps, unsigned depth) noexcept {
  double chance = 1.0 / std::max<std::uint32_t>(threads, 1);
  for (unsigned i = 1; i < depth; ++i)
    chance /= static_cast<double>(std::max<std::uint64_t>(steps, 1));
  return chance;
}

std::string_view weak_memory_limits() noexcept {
  return "not modelled: loads that see a later store, stores to one variable out of the order they "
         "were made in, values more than 7 stores old, failed strong comparisons with an old "
         "value, "
         "memory other than atomics and shared variables";
}

std::string report::text() const {
  std::string out = what_passed();
  if (weak_memory) out += "; weak memory, " + std::string(weak_memory_limits());
  return out;
}

std::string report::what_passed() const {
  const std::string many = std::to_string(schedules);
  if (complete) {
    const std::string bound = preemption_bound == detail::dfs_chooser::unbounded
                                  ? "without a bound"
                                  : "at bound " + std::to_string(preemption_bound);
    return "complete " + bound + ": " +
           (reduced ? many + " schedules passed, which stand for all"
                    : "all " + many + " schedules passed");
  }
  std::string out = many + " schedules passed, the first with seed " + std::to_string(seed) +
                    "; at most " + std::to_string(threads) + " threads and " +
                    std::to_string(steps) + " steps";
  if (pct_runs == 0) return out;
  out += "; " + std::to_string(pct_runs) + " of them by pct, each of which meets a bug of depth ";
  for (unsigned depth = 2; depth <= 4; ++depth) {
    out += std::to_string(depth) + " with a chance of at least " +
           one_in(pct_bound(threads, steps, depth)) + (depth < 4 ? ", " : "");
  }
  return out;
}

report explore(options how, detail::function_ref<void()> scenario) {
  refuse_nesting();
  report out;
  out.seed = first_seed(how.seed);
  out.weak_memory = how.weak_memory;
  if (const char* const text = std::getenv("TUTTI_REPLAY"); text != nullptr && *text != '\0') {
    replay(text, scenario, std::move(how));
    out.schedules = 1;
    return out;
  }
  detail::laboratory lab(scenario, conditions_of(how));
  const auto count = [&out](const detail::run_result& r) {
    ++out.schedules;
    out.threads = std::max(out.threads, r.strands);
    out.steps = std::max(out.steps, r.steps);
  };

  if (how.strategy == strategy::dfs) {
    detail::dfs_chooser all(how.preemption_bound, how.sleep_sets);
    const std::string name = "dfs bound=" + std::to_string(how.preemption_bound);
    out.preemption_bound = how.preemption_bound;
    while (out.schedules < how.schedules && !out.complete) {
      const detail::run_result r = lab.run(all, out.seed);
      if (r.what != detail::verdict::good) lab.tell(r, name, out.seed);
      count(r);
      out.complete = !all.next();
      out.reduced = all.has_slept();
      if (all.has_strayed()) {
        throw failure("the scenario is not deterministic: schedule " +
                          std::to_string(out.schedules) +
                          " of dfs, with seed=" + std::to_string(out.seed) +
                          ", left the way of the one before too early" + look_for,
                      out.seed, "straight");
      }
    }
    return out;
  }
  // The first run is the same for every seed; it also tells pct how long a run is.
  detail::round_robin_chooser turns;
  const detail::run_result first = lab.run(turns, out.seed, nullptr, true);
  count(first);
  if (first.what != detail::verdict::good) lab.tell(first, "round_robin", out.seed);
  if (how.strategy == strategy::round_robin) return out;

  while (out.schedules < how.schedules) {
    const std::uint64_t seed = out.seed + out.schedules - 1;
    drawn d = draw(how.strategy, seed, first);
    const detail::run_result r = lab.run(*d.who, seed);
    if (r.what != detail::verdict::good) lab.tell(r, d.name, seed);
    if (d.name.starts_with("pct")) ++out.pct_runs;
    if (how.checked_again != 0 && out.schedules % how.checked_again == 1 % how.checked_again) {
      drawn same = draw(how.strategy, seed, first);
      require_same(r, lab.run(*same.who, seed), seed);
    }
    count(r);
  }
  return out;
}

void replay(std::string_view text, detail::function_ref<void()> scenario, options how) {
  refuse_nesting();
  const detail::recorded_run recorded = detail::read_recorded_run(text);
  const std::uint64_t seed = recorded.seed == 0 ? usual_seed : recorded.seed;
  detail::laboratory lab(scenario, conditions_of(how));
  detail::replay_chooser who(recorded.choices);
  detail::trace record;
  const detail::run_result r = lab.run(who, seed, &record);
  if (r.what == detail::verdict::good) return;
  detail::draw_on_request(record);
  const std::string name = recorded.strategy.empty() ? "replay" : recorded.strategy;
  throw failure(detail::failure_text(r, name, seed, detail::lanes(record)), seed,
                detail::to_text(r.choices));
}

std::uint64_t fail_each(std::string_view site, int number, detail::function_ref<void()> scenario) {
  refuse_nesting();
  detail::simulation world;
  detail::simulation::setup how;
  detail::round_robin_chooser turns;
  how.chooses = &turns;
  how.fails_at = site;
  how.fails_with = number;
  std::uint64_t calls = 0;
  for (bool more = true; more; ++calls) {
    how.fails_call = calls + 1;
    const detail::run_result r = world.run(how, scenario);
    if (r.what != detail::verdict::good) {
      throw failure("when call " + std::to_string(how.fails_call) + " of " + std::string(site) +
                        " failed: " + r.text,
                    how.seed, detail::to_text(r.choices));
    }
    more = r.calls > calls;
  }
  return calls - 1;
}

}  // namespace tutti::testing

namespace tutti::detail {

void run_simulated(duration time_max, function_ref<void()> body) {
  if (simulation::here() != nullptr) {
    body();
    return;
  }
  simulation world;
  round_robin_chooser turns;
  simulation::setup how;
  how.chooses = &turns;
  how.wants_tree = true;
  how.time_max = time_max;
  const run_result r = world.run(how, body);
  switch (r.what) {
    case verdict::good:
      return;
    case verdict::deadlock:
      throw deadlock(r.text + "\nwho waits:\n" + r.tree);
    case verdict::exception:
      std::rethrow_exception(r.error);
    case verdict::check:
    case verdict::livelock:
    case verdict::late:
    case verdict::leak:
      throw testing::failure(r.tree.empty() ? r.text : r.text + "\nwho waits:\n" + r.tree, how.seed,
                             to_text(r.choices));
  }
}

void require_no_live_tasks() {
  simulation* const world = simulation::here();
  if (world == nullptr) return;
  const std::string left = world->live_tasks(running_cell());
  if (!left.empty()) world->note_failure(verdict::leak, "leak: alive when main returned: " + left);
}

}  // namespace tutti::detail
