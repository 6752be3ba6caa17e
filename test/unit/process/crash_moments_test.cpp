/// Deaths of every kind at the moments when no task is to blame, or only half of one: idle,
/// receiving, half way through sending, starting, wearing out, shutting down.
#include <tutti/process/process_pool.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

#include <tutti/process/process_event.hpp>
#include <tutti/wire/crossing.hpp>

#include "deaths.hpp"
#include "patient.hpp"
#include "program/children.hpp"

namespace {

using namespace std::chrono_literals;
using deaths::death;
using tutti::process_event;
using tutti::process_pool;

const int host = ::getpid();  // before main, so workers know the host's
std::atomic<bool> let_it_die{false};
constexpr std::size_t half = 100'000;

/// A result longer than an answer's cell: it is measured, then written. In the middle of that the
/// worker dies, or another of its threads does it while this one goes on.
struct half_sent {
  int how = 0;
  bool by_another_thread = false;
};

}  // namespace

template <>
struct tutti::wire::crossing<half_sent> {
  static void encode(byte_writer& out, const half_sent& h) {
    static int passes = 0;
    const std::string text(half, 'x');
    out.put_value(h.how);
    out.put(text.data(), text.size());
    if (::getpid() != host && ++passes % 2 == 0) {
      if (!h.by_another_thread) deaths::die(static_cast<death>(h.how));
      let_it_die.store(true);
    }
    out.put(text.data(), text.size());
  }
  static half_sent decode(byte_reader& in) {
    const int how = in.take_value<int>();
    in.skip(2 * half);
    return {how, false};
  }
};

namespace {

int square(int x) { return x * x; }
int own_pid() { return ::getpid(); }
void run_and_die(int how) { deaths::die(static_cast<death>(how)); }
half_sent send_half(int how) { return {how, false}; }
half_sent send_while_dying(int how) {
  std::thread([how] {
    while (!let_it_die.load()) std::this_thread::yield();
    deaths::die(static_cast<death>(how));
  }).detach();
  return {how, true};
}
/// The worker dies when the host says so, whatever it does then.
void arm(int how, process_event now) {
  std::thread([how, now]() mutable {
    now.wait();
    deaths::die(static_cast<death>(how));
  }).detach();
}
std::size_t length(std::string text) { return text.size(); }

class crash_moment : public testing::TestWithParam<death> {
 protected:
  int how() const { return static_cast<int>(GetParam()); }
  /// True: it crashed, as it should have.
  template <class T>
  bool crashed(tutti::future<T> f) {
    try {
      f.get();
      return false;
    } catch (const tutti::worker_crashed& e) {
      EXPECT_EQ(e.signal(), deaths::end_of(GetParam()).signal) << e.what();
      EXPECT_EQ(e.exit_code(), deaths::end_of(GetParam()).code) << e.what();
      return true;
    }
  }
  static void await_restarts(process_pool& pool, std::size_t count) {
    while (pool.stats().restarts < count) std::this_thread::yield();
  }
  static void expect_whole(process_pool& pool, std::size_t crashes) {
    std::vector<tutti::future<int>> all;
    for (int i = 0; i < 50; ++i) all.push_back(pool.submit(square, i));
    for (int i = 0; i < 50; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i)].get(), i * i);
    const auto stats = pool.stats();
    EXPECT_EQ(stats.restarts, crashes);
    EXPECT_EQ(stats.queued + stats.running, 0U);
  }
};

TEST_P(crash_moment, idle_costs_nobody_anything) {
  process_pool pool{{.workers = 1}};
  for (std::size_t round = 1; round <= 3; ++round) {
    process_event now;
    pool.submit(arm, how(), now).get();
    now.set();
    await_restarts(pool, round);
  }
  expect_whole(pool, 3);
}

TEST_P(crash_moment, receiving_costs_at_most_what_had_begun) {
  process_pool pool{{.workers = 1}};
  const std::string large(200'000, 'x');
  for (std::size_t round = 1; round <= 5; ++round) {
    process_event now;
    pool.submit(arm, how(), now).get();
    std::vector<tutti::future<std::size_t>> all;
    for (int i = 0; i < 20; ++i) {
      all.push_back(pool.submit(length, large));
      if (i == 4) now.set();
    }
    int lost = 0;
    for (auto& f : all) lost += crashed(std::move(f)) ? 1 : 0;
    EXPECT_LE(lost, 1);
    await_restarts(pool, round);
  }
  expect_whole(pool, 5);
}

TEST_P(crash_moment, half_way_through_sending) {
  process_pool pool{{.workers = 1}};
  EXPECT_TRUE(crashed(pool.submit(send_half, how())));
  for (std::size_t round = 2; round <= 6; ++round) {
    static_cast<void>(crashed(pool.submit(send_while_dying, how())));  // or it was quick enough
    await_restarts(pool, round);
  }
  expect_whole(pool, 6);
}

TEST_P(crash_moment, in_a_callback_of_another_task) {
  process_pool pool{{.workers = 1}};
  process_event now;
  pool.submit(arm, how(), now).get();
  tutti::future<int> first = pool.submit(square, 2);
  first.on_done([&now](const tutti::outcome<int>&) { now.set(); });
  EXPECT_EQ(first.get(), 4);
  await_restarts(pool, 1);
  expect_whole(pool, 1);
}

TEST_P(crash_moment, wearing_out_beside_a_spare) {
  process_pool pool{{.workers = 2, .max_tasks_per_worker = 1, .warm_spare = true}};
  std::vector<tutti::future<void>> dying;
  std::vector<tutti::future<int>> living;
  for (int i = 0; i < 10; ++i) {
    dying.push_back(pool.submit(run_and_die, how()));
    living.push_back(pool.submit(square, i));
  }
  for (auto& f : dying) EXPECT_TRUE(crashed(std::move(f)));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(living[static_cast<std::size_t>(i)].get(), i * i);
  EXPECT_EQ(pool.submit(square, 3).get(), 9);
}

TEST_P(crash_moment, idle_while_the_pool_shuts_down) {
  for (int round = 0; round < 5; ++round) {
    process_event now;
    process_pool pool{{.workers = 2}};
    pool.submit(arm, how(), now).get();
    tutti::future<int> last = pool.submit(square, 3);
    now.set();
    pool.shutdown();
    if (!crashed(std::move(last))) {
      EXPECT_EQ(pool.stats().done, 2U);
    }
  }
}

template <death How>
void initialize_badly() {
  deaths::die(How);
}
TEST_P(crash_moment, in_the_initializer_the_pool_breaks_with_a_sentence) {
  static constexpr void (*bad[])() = {
      &initialize_badly<death::segv>,     &initialize_badly<death::kill>,
      &initialize_badly<death::leave>,    &initialize_badly<death::abort>,
      &initialize_badly<death::overflow>, &initialize_badly<death::memory>};
  process_pool pool{{.workers = 2, .initializer = bad[how()]}};
  try {
    pool.submit(square, 1).get();
    ADD_FAILURE();
  } catch (const tutti::error& e) {
    EXPECT_NE(std::string(e.what()).find("before they were ready"), std::string::npos) << e.what();
  }
  EXPECT_EQ(pool.stats().queued + pool.stats().running, 0U);
}

INSTANTIATE_TEST_SUITE_P(every, crash_moment, testing::ValuesIn(deaths::in_any_thread));

/// Killed, or stopped, before they were ready for anything.
void end_them_at_their_start(int signal) {
  {
    const process_pool warm_up{{.workers = 1}};  // the zygote is there
  }
  const std::vector<int> before = children();
  process_pool pool{{.workers = 2, .task_timeout = 200ms}};
  std::vector<int> workers = children();
  std::erase_if(workers,
                [&](int pid) { return std::count(before.begin(), before.end(), pid) != 0; });
  EXPECT_EQ(workers.size(), 2U);
  for (const int pid : workers) ::kill(pid, signal);
  for (const int pid : workers) end_now(pid, signal);
  std::vector<tutti::future<int>> all;
  for (int i = 0; i < 20; ++i) all.push_back(pool.submit(square, i));
  for (int i = 0; i < 20; ++i) {
    const auto again = [&] { return served(pool, square, i); };
    EXPECT_EQ(result_or(std::move(all[static_cast<std::size_t>(i)]), again), i * i);
  }
}
TEST(crash_at_start, by_any_signal_costs_nobody_anything) {
  for (const int signal : {SIGKILL, SIGTERM, SIGABRT, SIGSTOP}) end_them_at_their_start(signal);
}

const std::string go_on = "/tmp/tutti-initializer-" + std::to_string(host);
void wait_for_the_file() {
  while (::access(go_on.c_str(), F_OK) != 0) std::this_thread::yield();
}
TEST(crash_moments, an_initializer_may_take_longer_than_a_task) {
  process_pool slow{{.workers = 1, .initializer = &wait_for_the_file, .task_timeout = 50ms}};
  tutti::future<int> waits = slow.submit(square, 3);
  // As long as it takes to find out that a worker was stopped, several times.
  process_pool other{{.workers = 1, .task_timeout = 50ms}};
  for (int round = 0; round < 7; ++round) {
    end_now(served(other, own_pid), SIGSTOP);
    EXPECT_EQ(served(other, square, round), round * round);
  }
  EXPECT_FALSE(waits.done());
  EXPECT_EQ(slow.stats().restarts, 0U);
  std::fclose(std::fopen(go_on.c_str(), "w"));
  EXPECT_EQ(result_or(std::move(waits), [&] { return served(slow, square, 3); }), 9);
  ::unlink(go_on.c_str());
}

#if !defined(TUTTI_ASAN) && !defined(TUTTI_TSAN)  // they need their own memory
struct greedy {
  std::size_t bytes = 0;
};
}  // namespace

template <>
struct tutti::wire::crossing<greedy> {
  static void encode(byte_writer& out, const greedy& g) {
    if (::getpid() != host) static_cast<void>(std::string(g.bytes, 'x').size());
    out.put_value(g.bytes);
  }
  static greedy decode(byte_reader& in) {
    const auto bytes = in.take_value<std::size_t>();
    if (::getpid() != host && bytes % 2 == 1) static_cast<void>(std::string(bytes, 'x').size());
    return {bytes};
  }
};

namespace {

void want_a_gigabyte() { static_cast<void>(std::string(std::size_t{1} << 30, 'x').size()); }
TEST(crash_moments, memory_that_runs_out_anywhere_is_an_error_and_no_death) {
  constexpr std::size_t limit = std::size_t{256} << 20;
  process_pool pool{{.workers = 1, .memory_limit = limit}};
  const int pid = pool.submit(own_pid).get();
  EXPECT_THROW(pool.submit([](greedy) {}, greedy{(std::size_t{1} << 30) + 1}).get(),
               std::bad_alloc);
  EXPECT_THROW(pool.submit(want_a_gigabyte).get(), std::bad_alloc);
  EXPECT_THROW(pool.submit([] { return greedy{std::size_t{1} << 30}; }).get(), std::bad_alloc);
  EXPECT_EQ(pool.submit(own_pid).get(), pid);
  process_pool broken{{.workers = 1, .initializer = &want_a_gigabyte, .memory_limit = limit}};
  EXPECT_THROW(broken.submit(square, 1).get(), std::bad_alloc);
}
#endif

}  // namespace
