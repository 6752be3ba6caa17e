// Too little memory in a pool of processes: every single allocation fails once, those of the pool's
// own thread, too. Each call ends with its result or an error, and the pool goes on or says so.
#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

int twice(int n) { return 2 * n; }
std::string doubled(std::string s) { return s + s; }
int refuses(int) {
  throw std::out_of_range("a text that is too long to be kept inside of a string");
}
task<> an_hour() { co_await sleep(1h); }
int takes_an_hour(int n) {
  run(an_hour());
  return n;
}

/// It works, or one of the errors says why not.
template <class Work>
void works_or_says(Work work) {
  try {
    work();
  } catch (const std::bad_alloc&) {
  } catch (const std::system_error&) {
  } catch (const worker_crashed&) {
  } catch (const timeout_error&) {
  } catch (const future_cancelled&) {
  }
}

template <class Scenario>
void bears_it(Scenario scenario) {
  if (!lab::allocations_can_fail()) GTEST_SKIP() << "a sanitizer brings its own operator new";
  const std::uint64_t calls =
      lab::fail_each("memory", ENOMEM, [&] { works_or_says([&] { scenario(); }); });
  EXPECT_GE(calls, 10U);
}

TEST(pool_memory, values_and_errors) {
  bears_it([] {
    process_pool pool{{.workers = 1}};
    auto number = pool.submit(twice, 21);
    auto text = pool.submit(doubled, std::string(100, 'x'));
    auto refused = pool.submit(refuses, 1);
    works_or_says([&] { lab::check(number.get() == 42); });
    works_or_says([&] { lab::check(text.get().size() == 200); });
    works_or_says([&] {
      try {
        refused.get();
        lab::check(false);
      } catch (const std::out_of_range&) {
      }
    });
  });
}

TEST(pool_memory, deaths_and_retries) {
  bears_it([] {
    const lab::fault killed{"worker.killed", SIGKILL};
    process_pool pool{{.workers = 1, .retries = 1}};
    auto one = pool.submit(twice, 1);
    auto two = pool.submit(twice, 2);
    works_or_says([&] { lab::check(one.get() == 2); });
    works_or_says([&] { lab::check(two.get() == 4); });
  });
}

TEST(pool_memory, workers_in_turns_and_maps) {
  bears_it([] {
    process_pool pool{{.workers = 2, .max_tasks_per_worker = 1}};
    const std::vector<int> numbers{1, 2, 3};
    const std::vector<int> got = pool.map(twice, numbers).get();
    lab::check(got == std::vector<int>{2, 4, 6});
  });
}

TEST(pool_memory, late_and_cancelled_calls) {
  bears_it([] {
    process_pool pool{{.workers = 1, .task_timeout = 1s}};
    auto late = pool.submit(takes_an_hour, 1);
    auto given_up = pool.submit(takes_an_hour, 2);
    auto kept = pool.submit(twice, 3);
    given_up.cancel();
    works_or_says([&] {
      late.get();
      lab::check(false, "it took an hour");
    });
    works_or_says([&] { lab::check(kept.get() == 6); });
    pool.shutdown({.cancel_pending = true});
  });
}

TEST(pool_memory, a_swarm_of_all_faults) {
  const auto scenario = [] {
    process_pool pool{{.workers = 2, .retries = 1}};
    auto one = pool.submit(twice, 1);
    auto two = pool.submit(twice, 2);
    works_or_says([&] { lab::check(one.get() == 2); });
    works_or_says([&] { lab::check(two.get() == 4); });
  };
  lab::explore({.schedules = 2'000, .steps_max = 100'000, .swarm = true},
               [&] { works_or_says(scenario); });
}

}  // namespace
}  // namespace tutti
