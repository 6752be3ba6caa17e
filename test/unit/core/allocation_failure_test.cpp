// Memory runs out at every allocation of a combinator, one after the other: std::bad_alloc comes
// out (or the error it became), nobody stays, and the next attempt works. Not in builds with
// ThreadSanitizer, whose operator new cannot be replaced.
#include <tutti/base/config.hpp>

#if !defined(TUTTI_TSAN)
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdlib>
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
#include <tutti/runtime/run.hpp>
#include <tutti/thread/thread.hpp>

namespace {

/// How many allocations of this thread still work; negative: all.
thread_local long works_for = -1;
thread_local bool has_failed = false;

void* allocate(std::size_t size) {
  if (works_for == 0) {
    works_for = -1;  // once: those who clean up find memory again
    has_failed = true;
    throw std::bad_alloc();
  }
  if (works_for > 0) --works_for;
  if (void* const p = std::malloc(size == 0 ? 1 : size)) return p;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
// Where a sanitizer brings its own form of this one, ours would free what it allocated.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return allocate(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }

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
  works_for = n;
  has_failed = false;
  bool bad = false;
  try {
    co_await work(p);
    ++p.completed;
  } catch (const std::bad_alloc&) {
    bad = true;
  } catch (const exception_group& g) {
    bad = g.leaves().size() == 1 && g.contains<std::bad_alloc>();
  }
  works_for = -1;
  EXPECT_EQ(p.inside, 0) << "something is alive after allocation " << n << " failed";
  EXPECT_TRUE(bad || p.completed == 1) << n;
  const bool met = has_failed;
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
