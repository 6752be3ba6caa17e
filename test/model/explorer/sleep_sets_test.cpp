// What dfs leaves out with sleep sets: nothing that anybody could see. Random programs over
// everything that promises to keep to its object, and over what does not, give the same outcomes
// with and without, at every bound.
#include "budget.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <tutti/base/random.hpp>
#include <tutti/core/future.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/sync/barrier.hpp>
#include <tutti/sync/combinable.hpp>
#include <tutti/sync/condition.hpp>
#include <tutti/sync/event.hpp>
#include <tutti/sync/latch.hpp>
#include <tutti/sync/mutex.hpp>
#include <tutti/sync/queue.hpp>
#include <tutti/sync/recursive_mutex.hpp>
#include <tutti/sync/semaphore.hpp>
#include <tutti/sync/shared_mutex.hpp>
#include <tutti/testing/detail/chooser.hpp>
#include <tutti/testing/detail/laboratory.hpp>
#include <tutti/testing/shared.hpp>
#include <tutti/thread/thread.hpp>

namespace tutti {
namespace {

namespace lab = tutti::testing;

/// One thread of a program: numbers that say what to do, with which object.
struct call {
  unsigned what;
  unsigned which;
};
using body = std::vector<call>;
constexpr unsigned calls_known = 26;

/// What the threads of one run share.
struct objects {
  std::array<lab::shared<int>, 2> plain;
  std::array<lab::atomic<int>, 2> atomic;
  std::array<mutex, 2> locks;
  std::array<int, 2> guarded{};  // by locks
  std::array<shared_mutex, 2> wide_locks;
  std::array<int, 2> read_mostly{};  // guarded by wide_locks
  std::array<recursive_mutex, 2> deep_locks;
  std::array<semaphore, 2> permits{semaphore(1), semaphore(1)};
  std::array<event, 2> flags;
  std::array<queue<int>, 2> queues;
  std::array<promise<int>, 2> promises;
  std::array<future<int>, 2> futures{promises[0].get_future(), promises[1].get_future()};
  std::array<lab::atomic<bool>, 2> kept;
  condition changed;
  bool is_changed = false;  // guarded by locks[0]
  latch arrivals{2};
  barrier meeting{2};
  combinable<int> sum;
  int unwatched = 0;
  bool heard = false;
  std::unique_ptr<thread> listener;  // if somebody will stop it
};

/// Does one call; what it gave is added to the thread's own notes.
void perform(objects& o, call c, int me, std::string& notes) {
  const auto note = [&notes](auto value) { notes += std::to_string(value) + ' '; };
  const unsigned i = c.which;
  switch (c.what) {
    case 0:
      note(o.plain[i].load());
      break;
    case 1:
      o.plain[i] = me;
      break;
    case 2:
      o.plain[i] += 1;
      break;
    case 3:
      note(o.atomic[i].load());
      break;
    case 4:
      note(o.atomic[i].fetch_add(me));
      break;
    case 5: {
      const lock_guard hold(o.locks[i]);
      note(o.guarded[i]);
      o.guarded[i] = o.guarded[i] * 3 + me;
      break;
    }
    case 6:
      if (o.locks[i].try_lock()) {
        o.guarded[i] += 10 * me;
        o.locks[i].unlock();
        notes += "had ";
      }
      break;
    case 7:
      if (o.permits[i].try_acquire()) {
        notes += "permit ";
        o.plain[i] = 7 * me;
        o.permits[i].release();
      }
      break;
    case 8:
      o.permits[i].acquire();
      o.permits[i].release();
      break;
    case 9:
      o.flags[i].set();
      break;
    case 10:
      note(static_cast<int>(o.flags[i].is_set()));
      break;
    case 11:
      o.queues[i].put(me);
      break;
    case 12: {
      const std::optional<int> got = o.queues[i].try_get();
      note(got ? *got : -1);
      break;
    }
    case 13:  // without a decision of its own, behind a step that promised to keep to its object
      if (!o.kept[i].exchange(true)) o.promises[i].set_value(me);
      break;
    case 14:
      (void)o.atomic[1 - i].load();
      note(static_cast<int>(o.futures[i].done()));
      break;
    case 15:
      if (o.locks[i].try_lock_for(std::chrono::milliseconds(me))) {
        note(o.guarded[i]++);
        o.locks[i].unlock();
      }
      break;
    case 16:
      if (c.which == 0) {
        o.wide_locks[i].lock_shared();
        note(o.read_mostly[i]);
        o.wide_locks[i].unlock_shared();
      } else {
        const lock_guard outer(o.wide_locks[0]);
        const lock_guard inner(o.deep_locks[0]);
        o.read_mostly[0] += me;
      }
      break;
    case 17: {
      const lock_guard hold(o.locks[0]);
      o.is_changed = true;
      i == 0 ? o.changed.notify_one() : o.changed.notify_all();
      break;
    }
    case 18: {
      std::unique_lock hold(o.locks[0]);
      note(static_cast<int>(o.changed.try_wait_for(hold, std::chrono::milliseconds(me),
                                                   [&o] { return o.is_changed; })));
      break;
    }
    case 19:
      note(static_cast<int>(o.arrivals.try_wait()));
      if (o.arrivals.statistics().count > 0 && o.atomic[1].fetch_add(100) < 100) {
        o.arrivals.count_down();
      }
      break;
    case 20:
      note(static_cast<int>(
          o.meeting.try_arrive_and_wait_for(std::chrono::milliseconds(me)).has_value()));
      break;
    case 21: {
      o.sum.local() += me;
      note(o.atomic[1 - i].load());
      note(static_cast<int>(o.locks[i].statistics().locked));
      break;
    }
    case 22:
      note(run([](objects& of, unsigned n) -> task<int> {
        const auto hold = co_await of.locks[n].async_lock();
        co_return of.guarded[n];
      }(o, i)));
      break;
    case 23:
      (void)o.atomic[1 - i].load();
      o.listener->request_stop();
      break;
    case 24: {
      thread inner{[&o, i, me] { o.atomic[i] = me; }};
      note(o.atomic[i].load());
      break;
    }
    case 25:  // memory that nobody watches: a step after a yield_point may touch anything
      lab::yield_point();
      note(o.unwatched);
      o.unwatched = 2 * o.unwatched + me;
      lab::yield_point();
      break;
    default:
      break;
  }
}

bool has_call(const std::vector<body>& program, unsigned what) {
  return std::any_of(program.begin(), program.end(), [what](const body& b) {
    return std::any_of(b.begin(), b.end(), [what](const call c) { return c.what == what; });
  });
}

/// What one run of a program has shown.
std::string outcome_of(const std::vector<body>& program) {
  objects shared;
  if (has_call(program, 23)) {
    shared.listener = std::make_unique<thread>(
        [&shared](std::stop_token stop) { shared.heard = stop.stop_requested(); });
  }
  std::vector<std::string> notes(program.size());
  {
    std::vector<std::unique_ptr<thread>> threads;
    for (std::size_t t = 0; t < program.size(); ++t) {
      threads.push_back(std::make_unique<thread>("t" + std::to_string(t), [&, t] {
        for (const call c : program[t]) perform(shared, c, static_cast<int>(t) + 1, notes[t]);
      }));
    }
  }
  if (shared.listener) shared.listener->join();
  std::string all = shared.heard ? "heard | " : "";
  for (const std::string& n : notes) all += n + "| ";
  for (unsigned i = 0; i < 2; ++i) {
    all += std::to_string(shared.plain[i].peek()) + ' ' + std::to_string(shared.guarded[i]) + ' ';
    all += std::to_string(shared.queues[i].size()) + ' ';
    if (!shared.kept[i].load()) shared.promises[i].set_value(0);
    all += std::to_string(shared.futures[i].get()) + ' ';
  }
  return all;
}

struct found {
  std::set<std::string> outcomes;  // of the runs that the search does not hold for repetitions
  std::uint64_t schedules = 0;
  bool complete = false;
};
found outcomes_of(const std::vector<body>& program, unsigned bound, bool sleep_sets,
                  bool weak_memory) {
  constexpr std::uint64_t affordable = 5'000;
  found out;
  std::string last;
  const auto scenario = [&] { last = outcome_of(program); };
  detail::laboratory::conditions how;
  how.weak_memory = weak_memory;
  detail::laboratory lab(scenario, how);
  detail::dfs_chooser all(bound, sleep_sets);
  while (!out.complete && out.schedules < affordable) {
    const detail::run_result r = lab.run(all, 1);
    EXPECT_EQ(r.what, detail::verdict::good) << r.text;
    ++out.schedules;
    if (!all.shows_nothing_new()) out.outcomes.insert(last);
    out.complete = !all.next();
    EXPECT_FALSE(all.has_strayed());
  }
  return out;
}

/// Few kinds of calls, and mostly the same objects, so that they meet.
std::vector<body> draw_program(detail::random& dice) {
  constexpr std::size_t kinds = 3;
  std::array<unsigned, kinds> known{};
  for (unsigned& k : known) k = static_cast<unsigned>(dice.below(calls_known));
  const std::size_t threads = 1 + dice.below(3);
  std::vector<body> out(threads);
  for (body& b : out) {
    const std::size_t calls = 1 + dice.below(threads == 3 ? 2 : 3);
    for (std::size_t i = 0; i < calls; ++i) {
      b.push_back({known[dice.below(kinds)], dice.below(4) == 0 ? 1U : 0U});
    }
  }
  return out;
}

std::string text_of(const std::vector<body>& program) {
  std::string out;
  for (const body& b : program) {
    for (const call c : b) out += std::to_string(c.what) + '.' + std::to_string(c.which) + ' ';
    out += "| ";
  }
  return out;
}

/// TUTTI_SEED draws other programs.
std::uint64_t seed() {
  const char* const wish = std::getenv("TUTTI_SEED");
  return wish != nullptr ? std::strtoull(wish, nullptr, 10) : 1;
}

std::uint64_t compare(const std::vector<body>& program, unsigned bound, bool weak_memory,
                      std::uint64_t& reduced_to) {
  const found all = outcomes_of(program, bound, false, weak_memory);
  if (!all.complete) return 0;
  const found fewer = outcomes_of(program, bound, true, weak_memory);
  EXPECT_TRUE(fewer.complete);
  EXPECT_LE(fewer.schedules, all.schedules);
  EXPECT_EQ(fewer.outcomes, all.outcomes)
      << "program " << text_of(program) << "bound " << bound << (weak_memory ? " weak" : "");
  reduced_to += fewer.schedules;
  return all.schedules;
}

void compare_many(unsigned programs, std::uint64_t seed, bool weak_memory) {
  detail::random dice(seed);
  std::uint64_t all = 0;
  std::uint64_t fewer = 0;
  for (unsigned n = 0; n < programs && !::testing::Test::HasFailure(); ++n) {
    const std::vector<body> program = draw_program(dice);
    for (const unsigned bound : {0U, 1U, 2U, ~0U}) {
      if (weak_memory && bound == ~0U) continue;
      all += compare(program, bound, weak_memory, fewer);
    }
  }
  std::printf("  %llu schedules, %llu with sleep sets\n", static_cast<unsigned long long>(all),
              static_cast<unsigned long long>(fewer));
  EXPECT_LT(fewer, all);
}

/// Each is searched eight times.
unsigned programs() {
  return static_cast<unsigned>(std::max<std::uint64_t>(10, budget().schedules / 1000));
}

TEST(sleep_sets, leave_no_outcome_out) { compare_many(programs(), seed(), false); }
TEST(sleep_sets, leave_no_outcome_out_under_weak_memory) {
  compare_many(programs() / 2, seed() + 1, true);
}

}  // namespace
}  // namespace tutti
