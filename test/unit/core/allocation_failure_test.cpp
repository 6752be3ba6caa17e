// Memory runs out at every allocation of a combinator, one after the other: std::bad_alloc comes
// out (or the error it became), nobody stays, and the next attempt works. Not in builds with
// ThreadSanitizer, whose operator new cannot be replaced.
#include <tutti/base/config.hpp>

#if !defined(TUTTI_TSAN)
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include <tutti/core/as_completed.hpp>
#include <tutti/core/for_each.hpp>
#include <tutti/core/gather.hpp>
#include <tutti/core/generator.hpp>
#include <tutti/core/hook.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>
#include <tutti/core/task_group.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/core/wait_futures.hpp>
#include <tutti/core/this_task.hpp>
#include <tutti/runtime/event_loop.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/runtime/to_thread.hpp>
#include <tutti/thread/thread.hpp>

#include "../../support/failing_memory.hpp"

namespace tutti {
namespace {
using namespace std::chrono_literals;

struct place {
  int inside = 0;
  int completed = 0;
};
struct presence {
  explicit presence(place& in) : p(in) { ++p.inside; }
  presence(const presence&) = delete;
  presence& operator=(const presence&) = delete;
  ~presence() { --p.inside; }
  place& p;
};

task<int> child(place& p, int value) {
  const presence here(p);
  co_await yield();
  co_return value;
}

using scenario = task<> (*)(place&);

/// True: it ran without meeting the failure.
task<bool> attempt(scenario work, long n, place& p) {
  failing_memory::works_for = n;
  failing_memory::has_failed = false;
  bool bad = false;
  try {
    co_await work(p);
    ++p.completed;
  } catch (const std::bad_alloc&) {
    bad = true;
  } catch (const exception_group& g) {
    bad = g.leaves().size() == 1 && g.contains<std::bad_alloc>();
  }
  failing_memory::works_for = -1;
  EXPECT_EQ(p.inside, 0) << "something is alive after allocation " << n << " failed";
  EXPECT_TRUE(bad || p.completed == 1) << n;
  const bool met = failing_memory::has_failed;
  co_await work(p);
  EXPECT_EQ(p.inside, 0);
  co_return !met;
}

/// Each attempt has a thread of its own, whose lists of free frames are empty: every frame is an
/// allocation that can fail.
void every_allocation_fails(scenario work) {
  constexpr long allocations_max = 1000;
  const detail::unobserved_handler former =
      detail::set_unobserved_handler([](std::string_view, const std::exception_ptr&) noexcept {});
  bool through = false;
  long n = 0;
  for (; !through && n < allocations_max; ++n) {
    place p;
    thread fresh{"fresh", [&] { through = run(attempt(work, n, p)); }};
    fresh.join();
  }
  detail::set_unobserved_handler(former);
  EXPECT_TRUE(through);
  EXPECT_GT(n, 1) << "nothing was allocated";
}

task<> gathers(place& p) {
  const auto [a, b] = co_await gather(child(p, 1), child(p, 2));
  EXPECT_EQ(a + b, 3);
}
TEST(AllocationFailure, Gather) { every_allocation_fails(&gathers); }

task<> gathers_many(place& p) {
  std::vector<task<int>> all;
  for (int i = 0; i < 4; ++i) all.push_back(child(p, i));
  const std::vector<int> got = co_await gather(std::move(all));
  EXPECT_EQ(got.size(), 4U);
}
TEST(AllocationFailure, GatherOfAVector) { every_allocation_fails(&gathers_many); }

task<> settles(place& p) {
  std::vector<task<int>> all;
  for (int i = 0; i < 4; ++i) all.push_back(child(p, i));
  auto got = co_await gather_settled(std::move(all));
  for (outcome<int>& o : got) o.value();
}
TEST(AllocationFailure, GatherSettled) { every_allocation_fails(&settles); }

task<> races(place& p) { co_await race(child(p, 1), child(p, 2)); }
TEST(AllocationFailure, Race) { every_allocation_fails(&races); }

task<> limits(place& p) { co_await timeout(1h, move_on_after(1h, shield(child(p, 1)))); }
TEST(AllocationFailure, TimeoutMoveOnAndShield) { every_allocation_fails(&limits); }

task<> scopes(place& p) {
  cancel_scope scope;
  scope.deadline(clock::now() + 1h);
  co_await scope.run(child(p, 1));
}
TEST(AllocationFailure, Scope) { every_allocation_fails(&scopes); }

task<> two_children(task_group& g, place& p) {
  g.spawn(child(p, 1));
  g.spawn(child(p, 2), {.name = "a name that is too long for a small string"});
  co_await yield();
}
task<> groups(place& p) { co_await with_task_group(two_children, std::ref(p)); }
TEST(AllocationFailure, GroupSpawn) { every_allocation_fails(&groups); }

task<> service(started<int> ready, place& p) {
  const presence here(p);
  co_await yield();
  ready.set(1);
  co_await yield();
}
task<> starts(task_group& g, place& p) { co_await g.start<int>(service, std::ref(p)); }
task<> starts_one(place& p) { co_await with_task_group(starts, std::ref(p)); }
TEST(AllocationFailure, GroupStart) { every_allocation_fails(&starts_one); }

task<> maps(place& p) {
  const auto each = [&p](int x) { return child(p, x); };
  const std::vector<int> inputs{1, 2, 3};
  const std::vector<int> got = co_await map(inputs, 2, each);
  EXPECT_EQ(got, inputs);
}
TEST(AllocationFailure, Map) { every_allocation_fails(&maps); }

task<> fails_with_children(task_group& g, place& p) {
  g.spawn(child(p, 1));
  co_await yield();
  throw std::bad_alloc();
}
// Symptom: no memory for the name of a body that failed ended the program: its group was left with
// children.
task<> a_body_fails(place& p) {
  this_task::set_name("a name that is too long for a small string");
  std::size_t leaves = 0;
  try {
    co_await with_task_group(fails_with_children, std::ref(p));
  } catch (const exception_group& g) {
    leaves = g.leaves().size();
  } catch (const std::bad_alloc&) {
    leaves = 1;  // no memory for the group: its errors were reported
  }
  EXPECT_EQ(leaves, 1U);
}
TEST(AllocationFailure, GroupOfAFailingBody) { every_allocation_fails(&a_body_fails); }

// Symptom: the first tasks went on though nobody had their stream.
task<> completes_some(place& p) {
  std::vector<task<int>> all;
  for (int i = 0; i < 3; ++i) all.push_back(child(p, i));
  auto results = as_completed(std::move(all));
  int sum = 0;
  while (const auto x = co_await results.async_next()) sum += *x;
  EXPECT_EQ(sum, 3);
}
task<> as_completed_ends(place& p) {
  const auto attempt_it = [](task_group&, place& at) -> task<> { co_await completes_some(at); };
  co_await with_task_group(attempt_it, std::ref(p));
  co_await sleep(1us);  // what was cancelled leaves
}
TEST(AllocationFailure, AsCompleted) { every_allocation_fails(&as_completed_ends); }

task<> waits_for_some(place& p) {
  std::vector<future<int>> all;
  for (int i = 0; i < 3; ++i) all.push_back(spawn(child(p, i)));
  auto [done, pending] = co_await async_wait(std::move(all));
  EXPECT_EQ(done.size(), 3U);
}
task<> wait_ends(place& p) {
  std::exception_ptr error;
  try {
    co_await waits_for_some(p);
  } catch (...) {
    error = std::current_exception();
  }
  while (p.inside > 0) co_await yield();  // a dropped future leaves its work alone
  if (error) std::rethrow_exception(error);
}
TEST(AllocationFailure, Wait) { every_allocation_fails(&wait_ends); }

// Symptom: after a failed start the pool counted on a thread that did not exist, and the next call
// waited for ever.
task<> calls_a_thread(place&) {
  const int got = co_await to_thread([](int x) { return x + 1; }, 1);
  EXPECT_EQ(got, 2);
}
TEST(AllocationFailure, ToThread) { every_allocation_fails(&calls_a_thread); }

// Symptom: the pieces of a stream and the results it waited for went by different numbers.
task<> streams(place&) {
  event_loop other;
  auto doubled = other.imap([](int x) { return 2 * x; }, std::vector<int>{1, 2, 3, 4});
  std::vector<int> got;
  std::exception_ptr error;
  for (bool goes_on = true; goes_on;) {
    try {
      const auto x = co_await doubled.async_next();
      goes_on = x.has_value();
      if (x) got.push_back(*x);
    } catch (const std::bad_alloc&) {
      error = std::current_exception();
    }
  }
  for (std::size_t i = 1; i < got.size(); ++i) EXPECT_LT(got[i - 1], got[i]);
  if (error) std::rethrow_exception(error);
  EXPECT_EQ(got.size(), 4U);
}
TEST(AllocationFailure, Imap) { every_allocation_fails(&streams); }

async_generator<int> numbers(place& p) {
  const presence here(p);
  for (int i = 0; i < 2; ++i) {
    const int x = co_await child(p, i);
    co_yield x;
  }
}
task<> reads(place& p) {
  auto g = numbers(p);
  while (auto x = co_await g.next()) {
  }
}
TEST(AllocationFailure, AsyncGenerator) { every_allocation_fails(&reads); }

task<> spawns(place& p) {
  auto f = spawn(child(p, 1));
  co_await std::move(f);
}
TEST(AllocationFailure, Spawn) { every_allocation_fails(&spawns); }

}  // namespace
}  // namespace tutti
#endif  // no ThreadSanitizer
