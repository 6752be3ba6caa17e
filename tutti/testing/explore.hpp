/// \file
/// Many runs of one scenario, each under another schedule.
#pragma once

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tutti/base/function.hpp>
#include <tutti/base/time.hpp>
#include <tutti/testing/failure.hpp>

namespace tutti::testing {

/// How schedules are drawn.
///
/// portfolio     half random walks, half pct; what to take if nothing speaks for another one
/// random        any strand that can run, equally likely, at every step
/// pct           random priorities and 1 to 4 random points of preemption: finds starvation
/// uniform       as random, but each strand as likely as it has steps left: long and short strands
/// dfs           all schedules with at most `preemption_bound` preemptions; for small scenarios
/// round_robin   one schedule: everybody in turn
enum class strategy : unsigned char { portfolio, random, pct, dfs, round_robin, uniform };

/// A call that fails now and then: `{"net.read", 0.1, ECONNRESET}`.
struct fault_site {
  std::string name;
  double probability = 0;
  int number = EIO;
};

struct options {
  std::uint64_t schedules = 10'000;  ///< runs at most
  std::uint64_t seed = 0;            ///< of the first run; 0: TUTTI_SEED, or else always the same
  testing::strategy strategy = testing::strategy::portfolio;
  unsigned preemption_bound = 2;        ///< for dfs; ~0U: none
  std::uint64_t steps_max = 1'000'000;  ///< a run that takes more is a livelock
  std::vector<fault_site> faults{};
  /// Each seed draws which of the faults it has, and how likely; if you name none, of all
  /// `known_faults()`.
  bool swarm = false;
  std::uint64_t checked_again = 100;  ///< one run in so many is made twice and must go the same way
  /// Loads of `atomic` and `shared` may see old values, as their orders allow; see
  /// weak_memory_limits().
  bool weak_memory = false;
  duration timer_jitter{};  ///< a thread that sleeps until a deadline wakes up to this much later
  /// For dfs: of runs that differ only in the order of steps which touch nothing in common, one is
  /// enough. What threads share must then be tutti's (primitives, `shared`, `atomic`) or be guarded
  /// by it, or be touched after a `yield_point`; switch it off where they share `std::atomic`s, or
  /// write a log of their own whose order is looked at.
  bool sleep_sets = true;
};

struct report {
  std::uint64_t schedules = 0;  ///< runs made
  std::uint64_t seed = 0;       ///< of the first one
  bool complete = false;        ///< dfs: nothing is left at this bound
  unsigned preemption_bound = 0;
  std::uint32_t threads = 0;  ///< in the longest run
  std::uint64_t steps = 0;    ///< of the longest run
  std::uint64_t pct_runs = 0;
  bool weak_memory = false;
  bool reduced = false;  ///< dfs: schedules were left out, and those made stand for them

  /// What this says about the scenario, for people: "complete at bound 2: all 840 schedules
  /// passed", "complete at bound 2: 57 schedules passed, which stand for all" if some were left
  /// out, or "10000 schedules passed; …" with the chance that one run of pct had to meet a bug.
  std::string text() const;

 private:
  std::string what_passed() const;
};

/// What `options.weak_memory` does not show, in one sentence.
std::string_view weak_memory_limits() noexcept;

/// The chance at which one run of pct meets a bug of `depth` ordering constraints in `threads`
/// threads and `steps` steps at least: 1 / (threads · steps^(depth - 1)).
double pct_bound(std::uint32_t threads, std::uint64_t steps, unsigned depth) noexcept;

/// Runs `scenario` again and again under different schedules until one fails or all have passed.
///
/// Inside, the ordinary API works unchanged: threads are strands of the calling thread, the clock
/// is virtual and moves only when no strand can run. Strands change at every operation of tutti's
/// primitives, at `yield_point` and at every access of a `shared` or `atomic`; other memory is not
/// watched. Everything a scenario uses is made inside of it, so that runs do not depend on each
/// other. Fails: a deadlock, more than `steps_max` steps (livelock), a task or thread alive when
/// the scenario returns (leak), an exception out of it, a broken `check`, a failed GoogleTest
/// assertion, or a scenario that depends on more than its schedule. Throws `failure` with seed,
/// schedule and the lanes of the smallest run found. The environment variable TUTTI_REPLAY runs
/// only the schedule it holds; TUTTI_SVG names a file into which the lanes are drawn.
/// ```
/// testing::explore({}, [] {
///   testing::shared<int> x = 0;
///   { tutti::thread a{[&] { x = x + 1; }}, b{[&] { x = x + 1; }}; }
///   testing::check(x == 2);
/// });
/// ```
/// Source: CHESS (Musuvathi et al., OSDI 2008), PCT (ASPLOS 2010), loom, shuttle.
report explore(options how, detail::function_ref<void()> scenario);

/// Runs the one schedule that a failure printed (its whole text, or its `schedule()`); throws the
/// failure again, or returns when the scenario passes now. Refuses other text with an `error`.
/// `how` gives what the search had besides its schedules: faults, swarm, jitter, weak memory, the
/// step bound.
void replay(std::string_view text, detail::function_ref<void()> scenario, options how = {});

}  // namespace tutti::testing
