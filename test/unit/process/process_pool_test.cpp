#include <tutti/process/process_pool.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <ranges>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>
#include <tutti/core/this_task.hpp>
#include <tutti/process/shared_value.hpp>
#include <tutti/runtime/run.hpp>

#include "patient.hpp"

namespace {

using namespace std::chrono_literals;
using tutti::process_pool;

struct point {
  double x;
  double y;
  std::string label;
};
point mirror(point p) { return {-p.x, -p.y, p.label}; }
int square(int x) { return static_cast<int>(unsigned(x) * unsigned(x)); }
int length(const std::string& s) { return static_cast<int>(s.size()); }
int count(std::map<std::string, std::vector<int>> m, std::optional<int> extra) {
  return static_cast<int>(m.size()) + extra.value_or(0);
}
void crash() { std::raise(SIGKILL); }
void refuse() { throw std::out_of_range("no"); }
void endless() {
  for (;;) ::pause();
}
std::string own_name() { return tutti::this_task::name(); }

namespace shapes {
void crash_too(int) { std::raise(SIGKILL); }
}  // namespace shapes

TEST(process_pool, a_task_in_a_nameless_namespace_has_its_whole_name) {
  process_pool pool{{.workers = 1}};
  try {
    pool.submit(shapes::crash_too, 1).get();
    ADD_FAILURE();
  } catch (const tutti::worker_crashed& e) {
    EXPECT_EQ(e.task(), "shapes::crash_too");
  }
}

TEST(process_pool, runs_functions_and_lambdas) {
  process_pool pool{{.workers = 2}};
  static_assert(std::is_same_v<decltype(pool.submit(square, 2)), tutti::future<int>>);
  EXPECT_EQ(pool.submit(mirror, point{1, 2, "a"}).get().x, -1);
  EXPECT_EQ(pool.submit(length, "hello").get(), 5);
  const std::map<std::string, std::vector<int>> m{{"a", {1}}};
  EXPECT_EQ(pool.submit(count, m, std::nullopt).get(), 1);
  EXPECT_EQ(pool.submit([](int x) { return x + 1; }, 1).get(), 2);
  EXPECT_EQ(pool.submit(std::plus<>{}, 1, 2).get(), 3);
  EXPECT_EQ(pool.submit([](std::unique_ptr<int> p) { return *p; }, std::make_unique<int>(7)).get(),
            7);
  EXPECT_THROW(pool.submit(refuse).get(), std::out_of_range);
}

TEST(process_pool, a_crash_fails_only_its_own_task_and_is_counted) {
  process_pool pool{{.workers = 2}};
  auto crashed = pool.submit(crash);
  auto fine = pool.submit(square, 5);
  try {
    crashed.get();
    ADD_FAILURE();
  } catch (const tutti::worker_crashed& e) {
    EXPECT_EQ(e.signal(), SIGKILL);
    EXPECT_EQ(e.exit_code(), 0);
    EXPECT_EQ(e.task(), "crash");
  }
  EXPECT_EQ(fine.get(), 25);
  const auto stats = pool.stats();
  EXPECT_EQ(stats.workers, 2U);
  EXPECT_EQ(stats.restarts, 1U);
  EXPECT_EQ(stats.queued + stats.running, 0U);
  EXPECT_EQ(stats.done, 2U);
}

TEST(process_pool, maps_in_order_whatever_the_chunks) {
  process_pool pool{{.workers = 2}};
  std::vector<int> inputs(1000);
  for (int i = 0; i < 1000; ++i) inputs[static_cast<std::size_t>(i)] = i;
  for (const std::size_t chunk : {0U, 1U, 7U, 5000U}) {
    const std::vector<int> squares = pool.map(square, inputs, {.chunk = chunk}).get();
    ASSERT_EQ(squares.size(), 1000U);
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(squares[static_cast<std::size_t>(i)], i * i);
  }
  EXPECT_TRUE(pool.map(square, std::vector<int>{}).get().empty());
  const std::vector<const char*> words{"a", "bb"};
  EXPECT_EQ(pool.map(length, words).get(), (std::vector<int>{1, 2}));
  EXPECT_EQ(pool.map([](int x) { return x > 1; }, std::vector{1, 2}).get(),
            (std::vector<bool>{false, true}));
  pool.map([](int) {}, inputs).get();
}

TEST(process_pool, a_map_fails_with_the_first_failure) {
  process_pool pool{{.workers = 2}};
  const auto picky = [](int x) {
    if (x == 3) throw std::domain_error("three");
    return x;
  };
  EXPECT_THROW(pool.map(picky, std::vector{1, 2, 3, 4, 5, 6}, {.chunk = 1}).get(),
               std::domain_error);
  const auto deadly = [](int x) {
    if (x == 3) std::raise(SIGKILL);
    return x;
  };
  EXPECT_THROW(pool.map(deadly, std::vector{1, 2, 3, 4}, {.chunk = 1}).get(),
               tutti::worker_crashed);
  EXPECT_EQ(pool.submit(square, 3).get(), 9);
}

TEST(process_pool, cancel_really_ends_the_work) {
  process_pool pool{{.workers = 1}};
  auto running = pool.submit(endless);
  auto waiting = pool.submit(endless);
  auto last = pool.submit(square, 3);
  EXPECT_TRUE(waiting.cancel());
  EXPECT_TRUE(running.cancel());
  EXPECT_THROW(running.get(), tutti::future_cancelled);
  EXPECT_THROW(waiting.get(), tutti::future_cancelled);
  EXPECT_EQ(last.get(), 9);
  auto whole = pool.map([](int) { endless(); }, std::vector{1, 2, 3}, {.chunk = 1});
  EXPECT_TRUE(whole.cancel());
  EXPECT_THROW(whole.get(), tutti::future_cancelled);
}

TEST(process_pool, a_time_limit_ends_the_work) {
  process_pool pool{{.workers = 1, .task_timeout = 20ms}};
  EXPECT_THROW(pool.submit(endless).get(), tutti::timeout_error);
  EXPECT_EQ(served(pool, square, 3), 9);
}

TEST(process_pool, streams_results_in_order_or_as_they_come) {
  process_pool pool{{.workers = 2}};
  static_assert(
      std::is_same_v<decltype(pool.imap(square, std::vector<int>{})), tutti::stream<int>>);
  for (const std::size_t chunk : {0U, 3U}) {
    int next = 0;
    for (const int x : pool.imap(square, std::views::iota(0, 100), {.chunk = chunk})) {
      EXPECT_EQ(x, next * next);
      ++next;
    }
    EXPECT_EQ(next, 100);
    long sum = 0;
    for (const int x : pool.imap_unordered(square, std::views::iota(0, 100), {.chunk = chunk}))
      sum += x;
    EXPECT_EQ(sum, 328350);
  }
  EXPECT_FALSE(pool.imap(square, std::vector<int>{}).next());
  const std::vector<const char*> words{"a", "bb"};
  auto lengths = pool.imap(length, words);
  EXPECT_EQ(lengths.next(), 1);
  EXPECT_EQ(lengths.next(), 2);
  EXPECT_FALSE(lengths.next());
}

TEST(process_pool, long_answers_stay_whole_while_calls_move_between_workers) {
  process_pool pool{{.workers = 2}};
  long sum = 0;
  for (const int x : pool.imap(square, std::views::iota(0, 200'000), {.chunk = 100})) sum += x % 7;
  long wanted = 0;
  for (int i = 0; i < 200'000; ++i) wanted += square(i) % 7;
  EXPECT_EQ(sum, wanted);
}

TEST(process_pool, a_stream_goes_on_behind_a_failure) {
  process_pool pool{{.workers = 2}};
  const auto picky = [](int x) {
    if (x == 1) throw std::domain_error("one");
    if (x == 2) std::raise(SIGKILL);
    return x;
  };
  auto s = pool.imap(picky, std::vector{0, 1, 2, 3});
  EXPECT_EQ(s.next(), 0);
  EXPECT_THROW(s.next(), std::domain_error);
  EXPECT_THROW(s.next(), tutti::worker_crashed);
  EXPECT_EQ(s.next(), 3);
  EXPECT_FALSE(s.next());
  auto dropped = pool.imap([](int) { endless(); }, std::vector{0, 1, 2, 3});
  {
    const auto gone = std::move(dropped);
  }
  EXPECT_EQ(pool.submit(square, 3).get(), 9);
}

TEST(process_pool, refuses_work_after_shutdown) {
  process_pool pool{{.workers = 1}};
  auto before = pool.submit(square, 3);
  pool.shutdown();
  EXPECT_EQ(before.get(), 9);
  EXPECT_THROW(pool.submit(square, 3), tutti::closed);
  EXPECT_THROW(pool.map(square, std::vector{1}), tutti::closed);
  pool.shutdown();
}

TEST(process_pool, shutdown_can_drop_what_waits) {
  process_pool pool{{.workers = 1}};
  auto first = pool.submit([] { return 1; });
  std::vector<tutti::future<void>> waiting;
  auto blocker = pool.submit(endless);
  for (int i = 0; i < 5; ++i) waiting.push_back(pool.submit(endless));
  EXPECT_EQ(first.get(), 1);
  auto gone = pool.async_shutdown({.cancel_pending = true});
  for (auto& f : waiting) EXPECT_THROW(f.get(), tutti::future_cancelled);
  blocker.cancel();
  EXPECT_THROW(blocker.get(), tutti::future_cancelled);
  gone.get();
}

TEST(process_pool, a_worker_knows_its_name) {
  process_pool pool{{.workers = 1, .name = "crunch"}};
  EXPECT_EQ(pool.submit(own_name).get(), "crunch-0");
}

TEST(process_pool, retries_run_a_task_again_whose_worker_died) {
  process_pool pool{{.workers = 1, .retries = 2}};
  const tutti::shared_value<int> runs{0};
  const auto third_time_lucky = [](tutti::shared_value<int> counter) {
    const int run = counter.with([](int& n) { return ++n; });
    if (run < 3) std::raise(SIGKILL);
    return run;
  };
  EXPECT_EQ(pool.submit(third_time_lucky, runs).get(), 3);
  EXPECT_THROW(pool.submit(crash).get(), tutti::worker_crashed);
  EXPECT_EQ(pool.stats().restarts, 5U);
}

void crash_for(int x) {
  if (x < 0) std::raise(SIGKILL);
}
TEST(process_pool, a_call_that_ends_workers_again_and_again_is_put_in_quarantine) {
  process_pool pool{{.workers = 1, .retries = 5, .quarantine_after = 2}};
  EXPECT_THROW(pool.submit(crash_for, -1).get(), tutti::worker_crashed);
  EXPECT_EQ(pool.stats().restarts, 2U);
  try {
    pool.submit(crash_for, -1).get();
    ADD_FAILURE();
  } catch (const tutti::worker_crashed& e) {
    EXPECT_NE(std::string(e.what()).find("quarantine"), std::string::npos) << e.what();
    EXPECT_EQ(e.signal(), SIGKILL);
    EXPECT_NE(e.task().find("crash_for"), std::string::npos);
  }
  EXPECT_EQ(pool.stats().restarts, 2U);  // it was not run again
  pool.submit(crash_for, 1).get();
  EXPECT_THROW(pool.submit(crash_for, -2).get(), tutti::worker_crashed);
}

TEST(process_pool, a_warm_spare_takes_the_place_of_the_dead) {
  process_pool pool{{.workers = 1, .warm_spare = true}};
  EXPECT_EQ(pool.size(), 1U);
  EXPECT_EQ(pool.submit(own_name).get(), "pool-0");
  EXPECT_EQ(pool.submit(own_name).get(), "pool-0");
  EXPECT_THROW(pool.submit(crash).get(), tutti::worker_crashed);
  EXPECT_EQ(pool.submit(own_name).get(), "pool-1");
  EXPECT_THROW(pool.submit(crash).get(), tutti::worker_crashed);
  EXPECT_EQ(pool.submit(own_name).get(), "pool-0");
}

TEST(process_pool, a_worn_out_worker_is_succeeded_by_the_spare) {
  process_pool pool{{.workers = 1, .max_tasks_per_worker = 2, .warm_spare = true}};
  std::vector<std::string> names;
  for (int i = 0; i < 4; ++i) names.push_back(pool.submit(own_name).get());
  EXPECT_EQ(names, (std::vector<std::string>{"pool-0", "pool-0", "pool-1", "pool-1"}));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(pool.submit(square, i).get(), i * i);
}

TEST(process_pool, serves_the_same_without_spinning) {
  process_pool pool{{.workers = 2, .spin = false}};
  for (int i = 0; i < 500; ++i) EXPECT_EQ(pool.submit(square, i).get(), i * i);
  std::vector<tutti::future<int>> all;
  for (int i = 0; i < 500; ++i) all.push_back(pool.submit(square, i));
  for (int i = 0; i < 500; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i)].get(), i * i);
}

TEST(process_pool, several_pools_live_side_by_side_and_one_inside_a_worker) {
  process_pool a{{.workers = 1}};
  process_pool b{{.workers = 1}};
  EXPECT_EQ(a.submit(square, 2).get() + b.submit(square, 3).get(), 13);
  const auto nested = [](int x) {
    process_pool inner{{.workers = 1}};
    return inner.submit(square, x).get();
  };
  EXPECT_EQ(a.submit(nested, 4).get(), 16);
}

TEST(process_pool, a_task_that_leaves_the_program_ends_its_worker_only) {
  process_pool pool{{.workers = 1}};
  try {
    pool.submit([] { std::exit(5); }).get();
    ADD_FAILURE();
  } catch (const tutti::worker_crashed& e) {
    EXPECT_EQ(e.exit_code(), 5);
    EXPECT_EQ(e.signal(), 0);
  }
  EXPECT_EQ(pool.submit(square, 3).get(), 9);
}

tutti::task<int> square_far_away(int x) {
  process_pool pool{{.workers = 1}};
  const int there = co_await pool.submit(square, x);
  co_await pool.async_shutdown();
  co_return there;
}
TEST(process_pool, is_made_in_threads_that_end_and_in_coroutines) {
  std::optional<process_pool> pool;
  std::thread([&] { pool.emplace(tutti::process_pool_options{.workers = 1}); }).join();
  const int pid = pool->submit([] { return ::getpid(); }).get();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(pool->submit(square, i).get(), i * i);
  EXPECT_EQ(pool->submit([] { return ::getpid(); }).get(), pid);  // it did not end with the thread
  EXPECT_EQ(tutti::run(square_far_away(3)), 9);
  EXPECT_EQ(tutti::run(square_far_away(4)), 16);
}

TEST(process_pool, output_of_a_task_is_not_printed_twice_or_lost) {
  process_pool pool{{.workers = 2}};
  std::fputs("", stdout);
  EXPECT_EQ(pool.submit([] { return ::isatty(0); }).get(), 0);  // stdin is nobody's
}

}  // namespace
