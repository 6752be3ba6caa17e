// Every combinator and scope operation against a thread that cancels the scope around it and a
// thread that completes what it waits for: at every moment (dfs tries all of them, up to the bound)
// no result is lost, no frame stays, and nobody leaves before those inside of him.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include "budget.hpp"

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

/// What one run of a scenario works with. The strands of a simulation take turns: plain numbers do.
struct place {
  event gate;
  queue<int> items;
  int inside = 0;  ///< frames that are alive
  int begun = 0;
  int given = 0;  ///< results that came out of a wait
  int seen = 0;   ///< results that arrived where they were awaited
};

struct presence {
  explicit presence(place& in) : p(in) {
    ++p.inside;
    ++p.begun;
  }
  presence(const presence&) = delete;
  presence& operator=(const presence&) = delete;
  ~presence() { --p.inside; }
  place& p;
};

task<int> child(place& p, int value) {
  const presence here(p);
  co_await p.gate.async_wait();
  ++p.given;
  co_return value;
}
task<> void_child(place& p) {
  const presence here(p);
  co_await p.gate.async_wait();
  ++p.given;
}

using scenario = task<> (*)(place&);

enum class owned { by_the_scope, by_the_run };

/// Runs `work` inside a scope: true if it completed.
task<bool> in_scope(place& p, cancel_scope& scope, scenario work, owned children) {
  const bool completed = co_await scope.run(work(p));
  if (children == owned::by_the_scope) {
    lab::check(p.inside == 0, "the scope was left while something inside was alive");
  }
  co_return completed;
}

/// Both orders must occur, and `settle` must hold after each run.
void cancelled_everywhere(scenario work, void (*settle)(place&, bool completed),
                          owned children = owned::by_the_scope) {
  int completed_runs = 0;
  int cancelled_runs = 0;
  for (const lab::strategy how : {lab::strategy::dfs, lab::strategy::portfolio}) {
    lab::options o = budget();
    o.schedules = o.schedules / 2 + 1;
    o.strategy = how;
    lab::explore(std::move(o), [&] {
      place p;
      cancel_scope scope;
      bool completed = false;
      {
        thread opener{"opener", [&] {
                        p.items.put(7);
                        p.gate.set();
                      }};
        thread canceller{"canceller", [&] { scope.cancel(); }};
        completed = run(in_scope(p, scope, work, children));
      }
      ++(completed ? completed_runs : cancelled_runs);
      lab::check(p.inside == 0, "a frame is alive after the run");
      settle(p, completed);
    });
  }
  EXPECT_GT(completed_runs, 0);
  EXPECT_GT(cancelled_runs, 0);
}

/// A completed run has seen everything that was given.
void all_seen(place& p, bool completed) {
  if (completed) lab::check(p.seen == p.given && p.seen > 0, "a result was lost");
}

task<> gathers(place& p) {
  const auto [a, b] = co_await gather(child(p, 1), child(p, 2));
  lab::check(a == 1 && b == 2);
  p.seen = 2;
}
TEST(cancel_everywhere, gather) { cancelled_everywhere(&gathers, &all_seen); }

task<> gathers_a_vector(place& p) {
  std::vector<task<int>> all;
  for (int i = 0; i < 3; ++i) all.push_back(child(p, i));
  const std::vector<int> got = co_await gather(std::move(all));
  lab::check(got == std::vector<int>({0, 1, 2}));
  p.seen = 3;
}
TEST(cancel_everywhere, gather_of_a_vector) { cancelled_everywhere(&gathers_a_vector, &all_seen); }

task<> settles(place& p) {
  const auto [a, b] = co_await gather_settled(child(p, 1), void_child(p));
  p.seen = (a.has_value() ? 1 : 0) + (b.has_value() ? 1 : 0);
}
TEST(cancel_everywhere, gather_settled) {
  cancelled_everywhere(&settles, [](place& p, bool completed) {
    lab::check(!completed || p.seen == p.given, "an outcome was lost");
  });
}

task<> races(place& p) {
  const std::variant<int, std::monostate> won = co_await race(child(p, 1), void_child(p));
  lab::check(won.index() == 1 || std::get<0>(won) == 1);
  lab::check(p.inside == 0, "the loser is still there");
  p.seen = 1;
}
TEST(cancel_everywhere, race) {
  cancelled_everywhere(&races, [](place& p, bool completed) {
    if (completed) lab::check(p.seen == 1 && p.given >= 1);
  });
}

task<> limits(place& p) { p.seen = co_await timeout(1h, child(p, 1)); }
TEST(cancel_everywhere, timeout) { cancelled_everywhere(&limits, &all_seen); }

task<> limits_at(place& p) { p.seen = co_await timeout_at(clock::now() + 1h, child(p, 1)); }
TEST(cancel_everywhere, timeout_at) { cancelled_everywhere(&limits_at, &all_seen); }

task<> moves_on(place& p) {
  const std::optional<int> got = co_await move_on_after(1h, child(p, 1));
  lab::check(got.has_value(), "only its own limit makes it empty");
  p.seen = 1;
}
TEST(cancel_everywhere, move_on_after) { cancelled_everywhere(&moves_on, &all_seen); }

task<> nested_limits(place& p) {
  const std::optional<int> got = co_await timeout(2h, move_on_after(1h, timeout(3h, child(p, 1))));
  lab::check(got.has_value(), "only its own limit makes it empty");
  p.seen = 1;
}
TEST(cancel_everywhere, nested_limits) { cancelled_everywhere(&nested_limits, &all_seen); }

task<> shields(place& p) {
  p.seen = co_await shield(child(p, 1));
  co_await yield();
}
TEST(cancel_everywhere, shield) {
  cancelled_everywhere(&shields, [](place& p, bool) {
    lab::check(p.begun == 0 || (p.given == 1 && p.seen == 1), "a shielded wait was cut");
  });
}

task<> inner_scope(place& p) {
  cancel_scope inner;
  const std::optional<int> got = co_await inner.run(child(p, 1));
  lab::check(got.has_value(), "what came from outside is not the inner scope's");
  p.seen = 1;
}
TEST(cancel_everywhere, scope_in_scope) { cancelled_everywhere(&inner_scope, &all_seen); }

task<> two_children(task_group& g, place& p) {
  g.spawn(child(p, 1));
  g.spawn(void_child(p));
  co_await p.gate.async_wait();
}
task<> groups(place& p) {
  co_await with_task_group(two_children, std::ref(p));
  lab::check(p.inside == 0, "the group was left before its children");
  p.seen = p.given;
}
TEST(cancel_everywhere, task_group) {
  cancelled_everywhere(&groups, [](place& p, bool completed) {
    if (completed) lab::check(p.given == 2, "a child's work was lost");
  });
}

task<> nested_group(task_group& outer, place& p) {
  outer.spawn(with_task_group(two_children, std::ref(p)));
  outer.spawn(with_task_group(two_children, std::ref(p)));
  co_return;
}
task<> groups_in_a_group(place& p) { co_await with_task_group(nested_group, std::ref(p)); }
TEST(cancel_everywhere, groups_in_a_group) {
  cancelled_everywhere(&groups_in_a_group, [](place& p, bool completed) {
    if (completed) lab::check(p.given == 4, "a child's work was lost");
  });
}

task<> service(started<int> ready, place& p) {
  const presence here(p);
  co_await p.gate.async_wait();
  ready.set(5);
  ++p.given;
  co_await yield();
}
task<> starts(task_group& g, place& p) {
  p.seen += co_await g.start<int>(service, std::ref(p)) == 5 ? 1 : 0;
}
task<> starts_a_service(place& p) { co_await with_task_group(starts, std::ref(p)); }
TEST(cancel_everywhere, start) { cancelled_everywhere(&starts_a_service, &all_seen); }

task<> visits(place& p) {
  const auto each = [&p](int) -> task<> {
    co_await void_child(p);
    ++p.seen;
  };
  const std::vector<int> inputs{1, 2, 3};
  co_await for_each(inputs, 2, each);
}
TEST(cancel_everywhere, for_each) {
  cancelled_everywhere(&visits, [](place& p, bool completed) {
    if (completed) lab::check(p.seen == 3);
  });
}

task<> maps(place& p) {
  const auto each = [&p](int x) -> task<int> {
    const int y = co_await child(p, x);
    co_return 10 * y;
  };
  const std::vector<int> inputs{1, 2, 3};
  const std::vector<int> got = co_await map(inputs, 2, each);
  lab::check(got == std::vector<int>({10, 20, 30}));
  p.seen = 3;
}
TEST(cancel_everywhere, map) { cancelled_everywhere(&maps, &all_seen); }

task<> in_order_of_completion(place& p) {
  std::vector<task<int>> all;
  all.push_back(child(p, 1));
  all.push_back(child(p, 2));
  {
    stream<int> s = as_completed(std::move(all));
    while (auto x = co_await s.async_next()) ++p.seen;
  }
}
TEST(cancel_everywhere, as_completed) {
  cancelled_everywhere(
      &in_order_of_completion,
      [](place& p, bool completed) {
        if (completed) lab::check(p.seen == 2);
      },
      owned::by_the_run);
}

task<> awaits_a_spawned_one(place& p) {
  auto f = spawn(child(p, 1));
  p.seen = co_await std::move(f);
}
TEST(cancel_everywhere, future) { cancelled_everywhere(&awaits_a_spawned_one, &all_seen); }

task<> awaits_a_shared_one(place& p) {
  const shared_future<int> f = spawn(child(p, 1)).share();
  p.seen = co_await f;
}
TEST(cancel_everywhere, shared_future) {
  // The work belongs to the run: a cancelled await leaves it alone.
  cancelled_everywhere(&awaits_a_shared_one, &all_seen, owned::by_the_run);
}

task<> waits_for_the_first(place& p) {
  std::vector<future<int>> all;
  all.push_back(spawn(child(p, 1)));
  all.push_back(spawn(child(p, 1)));
  auto parts = co_await async_wait(std::move(all), wait_until::first_completed);
  lab::check(parts.done.size() + parts.pending.size() == 2 && !parts.done.empty());
  for (future<int>& f : parts.done) p.seen += co_await std::move(f);
  for (future<int>& f : parts.pending) p.seen += co_await std::move(f);
}
TEST(cancel_everywhere, async_wait) {
  cancelled_everywhere(
      &waits_for_the_first,
      [](place& p, bool completed) {
        if (completed) lab::check(p.seen == 2);
      },
      owned::by_the_run);
}

async_generator<int> numbers(place& p) {
  for (int i = 1; i < 3; ++i) {
    const int x = co_await child(p, i);
    co_yield x;
  }
}
task<> reads(place& p) {
  auto g = numbers(p);
  while (auto x = co_await g.next()) ++p.seen;
}
TEST(cancel_everywhere, async_generator) { cancelled_everywhere(&reads, &all_seen); }

task<> elsewhere(place& p) {
  thread_pool pool{{.threads = 1}};
  p.seen = co_await on(pool, child(p, 1));
}
TEST(cancel_everywhere, on) { cancelled_everywhere(&elsewhere, &all_seen); }

int listens(std::stop_token stop, place* p) {
  while (!stop.stop_requested() && !p->gate.try_wait_for(1ms)) {
  }
  if (stop.stop_requested()) return 0;
  ++p->given;
  return 1;
}
task<> calls_a_thread(place& p) { p.seen = co_await to_thread(listens, &p); }
TEST(cancel_everywhere, to_thread) {
  cancelled_everywhere(&calls_a_thread, [](place& p, bool completed) {
    if (completed) lab::check(p.seen == p.given, "a result was lost");
  });
}

task<> takes_an_item(place& p) { p.seen = co_await p.items.async_get(); }
TEST(cancel_everywhere, an_item_is_taken_or_stays) {
  cancelled_everywhere(&takes_an_item, [](place& p, bool completed) {
    lab::check(completed ? p.seen == 7 && p.items.empty() : p.seen == 0 && p.items.size() == 1,
               "an item was lost");
  });
}

task<> races_for_an_item(place& p) {
  const std::variant<int, int> won = co_await race(p.items.async_get(), p.items.async_get());
  p.seen = won.index() == 0 ? std::get<0>(won) : std::get<1>(won);
}
TEST(cancel_everywhere, a_race_takes_one_item) {
  cancelled_everywhere(&races_for_an_item, [](place& p, bool completed) {
    lab::check(completed ? p.seen == 7 && p.items.empty() : p.seen == 0 && p.items.size() == 1,
               "an item was lost");
  });
}

/// Holds one of two permits while the gate is shut, so that another child has to wait for it.
task<> borrows(place& p, semaphore& permits) {
  const presence here(p);
  const auto mine = co_await permits.async_acquire();
  co_await p.gate.async_wait();
  ++p.given;
}
task<> permits_are_passed_on(place& p) {
  semaphore permits{2};
  bool cut = false;
  try {
    co_await gather(borrows(p, permits), borrows(p, permits), borrows(p, permits));
  } catch (const cancelled&) {
    cut = true;
  }
  lab::check(permits.try_acquire() && permits.try_acquire() && !permits.try_acquire(),
             "a permit was lost or made");
  if (cut) co_await yield();
  p.seen = 3;
}
TEST(cancel_everywhere, permits_are_conserved) {
  cancelled_everywhere(&permits_are_passed_on, &all_seen);
}

task<> locks(place& p, mutex& m) {
  const presence here(p);
  const auto held = co_await m.async_lock();
  co_await p.gate.async_wait();
  ++p.given;
}
task<> a_lock_goes_round(place& p) {
  mutex m;
  bool cut = false;
  try {
    co_await gather(locks(p, m), locks(p, m));
  } catch (const cancelled&) {
    cut = true;
  }
  lab::check(m.try_lock(), "a lock stayed with a cancelled waiter");
  m.unlock();
  if (cut) co_await yield();
  p.seen = 2;
}
TEST(cancel_everywhere, a_lock_is_passed_on) {
  cancelled_everywhere(&a_lock_goes_round, &all_seen);
}

task<> leaves_a_stream_early(place& p) {
  std::vector<task<int>> all;
  for (int i = 0; i < 3; ++i) all.push_back(child(p, i));
  stream<int> s = as_completed(std::move(all));
  if (co_await s.async_next()) ++p.seen;
}
TEST(cancel_everywhere, a_dropped_stream_cancels_the_rest) {
  cancelled_everywhere(
      &leaves_a_stream_early,
      [](place& p, bool completed) {
        if (completed) lab::check(p.seen == 1 && p.given >= 1);
      },
      owned::by_the_run);
}

task<> waits_with_a_limit(place& p) {
  std::vector<future<int>> all;
  all.push_back(spawn(child(p, 1)));
  auto parts = co_await async_wait_for(std::move(all), 1h);
  lab::check(parts.done.size() == 1 && parts.pending.empty());
  p.seen = co_await std::move(parts.done.front());
}
TEST(cancel_everywhere, async_wait_for) {
  cancelled_everywhere(&waits_with_a_limit, &all_seen, owned::by_the_run);
}

task<> on_another_loop(place& p) {
  event_loop other;
  p.seen = co_await other.submit(child(p, 1));
}
TEST(cancel_everywhere, event_loop) { cancelled_everywhere(&on_another_loop, &all_seen); }

task<> by_a_promise(place& p, promise<int>& answer) {
  const presence here(p);
  const int value = co_await answer.get_future();
  p.given = value;
  p.seen = value;
}
task<> a_promise_is_kept(place& p) {
  promise<int> answer;
  thread other{"other", [&] {
                 p.gate.wait();
                 answer.set_value(1);
               }};
  co_await by_a_promise(p, answer);
}
TEST(cancel_everywhere, promise) { cancelled_everywhere(&a_promise_is_kept, &all_seen); }

task<> cancels_by_token(place& p) {
  std::stop_source stop;
  cancel_scope inner;
  const std::stop_callback cut(stop.get_token(), [&inner] { inner.cancel(); });
  thread other{"other", [&] { stop.request_stop(); }};
  const std::optional<int> got = co_await inner.run(child(p, 1));
  lab::check(got.has_value() || inner.cancelled());
  p.seen = p.given;
}
TEST(cancel_everywhere, a_stop_token_cancels_a_scope) {
  cancelled_everywhere(&cancels_by_token, [](place&, bool) {});
}

task<> passes_checkpoints(place& p) {
  co_await yield();
  co_await sleep(0s);
  this_task::check();
  co_await p.gate.async_wait();
  co_await sleep_until(clock::now());
}
TEST(cancel_everywhere, checkpoints) {
  cancelled_everywhere(&passes_checkpoints, [](place&, bool) {});
}

/// Fails whatever happens: when its wait is over, and on its way out when that is cut.
task<> fails_anyway(place& p) {
  const presence here(p);
  bool cut = false;
  try {
    co_await p.gate.async_wait();
  } catch (const cancelled&) {
    cut = true;
  }
  throw std::out_of_range(cut ? "on the way out" : "at its end");
}
task<> failing_children(task_group& g, place& p) {
  g.spawn(fails_anyway(p));
  g.spawn(fails_anyway(p));
  co_return;
}
task<> fails_in_a_group(place& p) {
  int errors = 0;
  const int before = p.begun;
  try {
    co_await with_task_group(failing_children, std::ref(p));
  } catch (const exception_group& g) {
    errors = static_cast<int>(g.leaves().size());
  }
  p.seen = p.begun - before - errors;  // those that never began have no error
}
TEST(cancel_everywhere, no_error_of_a_group_is_replaced_by_cancelled) {
  cancelled_everywhere(&fails_in_a_group,
                       [](place& p, bool) { lab::check(p.seen == 0, "an error was lost"); });
}

task<> fails_in_a_gather(place& p) {
  bool caught = false;
  try {
    co_await gather(fails_anyway(p), void_child(p));
  } catch (const std::out_of_range&) {
    caught = true;
  } catch (const cancelled&) {
    lab::check(p.begun == 0, "an error was replaced by cancelled");
  }
  lab::check(caught == (p.begun > 0), "an error was lost");
  co_await yield();
}
TEST(cancel_everywhere, no_error_of_a_gather_is_replaced_by_cancelled) {
  cancelled_everywhere(&fails_in_a_gather, [](place&, bool) {});
}

/// The scope's deadline is moved to the past and to the future while the work ends.
TEST(cancel_everywhere, a_deadline_that_moves) {
  for (const lab::strategy how : {lab::strategy::dfs, lab::strategy::portfolio}) {
    lab::options o = budget();
    o.schedules = o.schedules / 2 + 1;
    o.strategy = how;
    lab::explore(std::move(o), [&] {
      place p;
      cancel_scope scope;
      scope.deadline(clock::now() + 1h);
      bool completed = false;
      {
        thread opener{"opener", [&] { p.gate.set(); }};
        thread mover{"mover", [&] {
                       scope.deadline(clock::now() + 2h);
                       scope.deadline(clock::now());
                     }};
        completed = run(in_scope(p, scope, &limits, owned::by_the_scope));
      }
      lab::check(!completed || p.seen == 1, "a result was lost");
      lab::check(completed || scope.cancelled());
    });
  }
}

task<> waits_by_rule(place& p, wait_until rule) {
  std::vector<future<int>> all;
  for (int i = 0; i < 2; ++i) all.push_back(spawn(child(p, 1)));
  auto parts = co_await async_wait(std::move(all), rule);
  lab::check(parts.done.size() == 2 && parts.pending.empty(), "it returned before all were done");
  for (future<int>& f : parts.done) p.seen += co_await std::move(f);
}
task<> waits_for_all(place& p) { co_await waits_by_rule(p, wait_until::all_completed); }
task<> waits_for_an_error(place& p) { co_await waits_by_rule(p, wait_until::first_exception); }
TEST(cancel_everywhere, async_wait_for_all) {
  cancelled_everywhere(&waits_for_all, &all_seen, owned::by_the_run);
}
TEST(cancel_everywhere, async_wait_for_an_error_that_never_comes) {
  cancelled_everywhere(&waits_for_an_error, &all_seen, owned::by_the_run);
}

task<> gathers_spawned_ones(place& p) {
  std::vector<future<int>> all;
  for (int i = 0; i < 2; ++i) all.push_back(spawn(child(p, 1)));
  const std::vector<int> got = co_await gather(std::move(all));
  for (const int x : got) p.seen += x;
}
TEST(cancel_everywhere, gather_of_futures) {
  cancelled_everywhere(&gathers_spawned_ones, &all_seen, owned::by_the_run);
}

task<> reads_an_executors_stream(place& p) {
  event_loop other;
  {
    const auto each = [&p](int x) { return child(p, x); };
    auto results = other.imap(each, std::vector<int>{1, 2, 3});
    int last = 0;
    while (const auto x = co_await results.async_next()) {
      lab::check(*x == ++last, "a result is out of its order");
      ++p.seen;
    }
    lab::check(p.seen == 3, "a result was lost");
  }
}
TEST(cancel_everywhere, imap) {
  cancelled_everywhere(
      &reads_an_executors_stream,
      [](place& p, bool completed) {
        if (completed) lab::check(p.seen == 3);
      },
      owned::by_the_run);
}

}  // namespace
}  // namespace tutti
