/// Who is stopped does nothing at all until somebody continues it: at every moment the time limit
/// ends that.
#include <tutti/process/process_pool.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

#include <tutti/process/process_event.hpp>
#include <tutti/wire/crossing.hpp>

#include "patient.hpp"

namespace {

using namespace std::chrono_literals;
using tutti::process_event;
using tutti::process_pool;

const int host = ::getpid();  // before main, so workers know the host's
constexpr std::size_t half = 100'000;

/// Stops in the middle of the second pass, that which writes.
struct half_sent {};
struct stops {
  bool decoded = false;
};

}  // namespace

template <>
struct tutti::wire::crossing<half_sent> {
  static void encode(byte_writer& out, const half_sent&) {
    static int passes = 0;
    const std::string text(half, 'x');
    out.put(text.data(), text.size());
    if (::getpid() != host && ++passes % 2 == 0) std::raise(SIGSTOP);
    out.put(text.data(), text.size());
  }
  static half_sent decode(byte_reader& in) {
    in.skip(2 * half);
    return {};
  }
};
template <>
struct tutti::wire::crossing<stops> {
  static void encode(byte_writer& out, const stops& s) {
    if (::getpid() != host) std::raise(SIGSTOP);
    out.put_value(s.decoded);
  }
  static stops decode(byte_reader& in) {
    if (::getpid() != host) std::raise(SIGSTOP);
    return {in.take_value<bool>()};
  }
};

namespace {

int square(int x) { return x * x; }
int own_pid() { return ::getpid(); }
void stop() { std::raise(SIGSTOP); }
std::size_t length(std::string text) { return text.size(); }

TEST(stopped_worker, is_ended_by_the_time_limit_while_it_runs_and_while_idle) {
  process_pool pool{{.workers = 1, .task_timeout = 50ms}};
  EXPECT_THROW(pool.submit(stop).get(), tutti::timeout_error);
  const int pid = served(pool, own_pid);
  ::kill(pid, SIGSTOP);  // idle: the next call is never begun, and goes to its successor
  EXPECT_EQ(served(pool, square, 3), 9);
}

TEST(stopped_worker, is_ended_by_the_time_limit_while_it_decodes_or_encodes) {
  process_pool pool{{.workers = 1, .task_timeout = 50ms}};
  EXPECT_THROW(pool.submit([](stops) {}, stops{}).get(), tutti::timeout_error);
  EXPECT_THROW(pool.submit([] { return stops{}; }).get(), tutti::timeout_error);
  EXPECT_EQ(served(pool, square, 3), 9);
}

TEST(stopped_worker, is_ended_with_a_cancelled_call_before_it_too) {
  process_pool pool{{.workers = 1, .task_timeout = 50ms}};
  ::kill(served(pool, own_pid), SIGSTOP);
  tutti::future<int> first = pool.submit(square, 2);
  tutti::future<int> second = pool.submit(square, 3);
  first.cancel();
  EXPECT_EQ(result_or(std::move(second), [&] { return served(pool, square, 3); }), 9);
}

TEST(stopped_worker, does_not_stop_the_shutdown) {
  process_pool pool{{.workers = 2}};
  const int pid = pool.submit(own_pid).get();
  ::kill(pid, SIGSTOP);
  pool.shutdown();
  EXPECT_EQ(::kill(pid, 0), -1);
}

TEST(stopped_worker, is_ended_by_the_time_limit_half_way_through_sending) {
  process_pool pool{{.workers = 1, .task_timeout = 50ms}};
  EXPECT_THROW(pool.submit([] { return half_sent{}; }).get(), tutti::timeout_error);
  EXPECT_EQ(served(pool, square, 3), 9);
}

TEST(stopped_worker, is_ended_by_the_time_limit_while_it_receives) {
  process_pool pool{{.workers = 1, .task_timeout = 50ms}};
  const std::string large(200'000, 'x');
  for (int round = 0; round < 3; ++round) {
    const int pid = served(pool, own_pid);
    std::vector<tutti::future<std::size_t>> all;
    for (int i = 0; i < 20; ++i) {
      all.push_back(pool.submit(length, large));
      if (i == 4) ::kill(pid, SIGSTOP);
    }
    for (auto& one : all)
      EXPECT_EQ(result_or(std::move(one), [&] { return served(pool, length, large); }),
                large.size());
  }
}

TEST(stopped_worker, in_its_initializer_breaks_the_pool_with_a_sentence) {
  process_pool pool{{.workers = 1, .initializer = &stop, .task_timeout = 50ms}};
  try {
    pool.submit(square, 1).get();
    ADD_FAILURE();
  } catch (const tutti::error& e) {
    EXPECT_NE(std::string(e.what()).find("before they were ready"), std::string::npos) << e.what();
  }
}

TEST(stopped_worker, by_a_callback_of_another_task_is_ended_by_the_time_limit) {
  process_pool pool{{.workers = 1, .task_timeout = 50ms}};
  const int pid = served(pool, own_pid);
  tutti::future<int> first = pool.submit(square, 2);
  first.on_done([pid](const tutti::outcome<int>&) { ::kill(pid, SIGSTOP); });
  EXPECT_EQ(result_or(std::move(first), [] { return 4; }), 4);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(served(pool, square, i), i * i);
}

TEST(stopped_worker, wearing_out_beside_a_spare_is_ended_by_the_time_limit) {
  process_pool pool{
      {.workers = 2, .max_tasks_per_worker = 1, .task_timeout = 50ms, .warm_spare = true}};
  std::vector<tutti::future<void>> stopped;
  std::vector<tutti::future<int>> living;
  for (int i = 0; i < 5; ++i) {
    stopped.push_back(pool.submit(stop));
    living.push_back(pool.submit(square, i));
  }
  for (auto& f : stopped) EXPECT_THROW(f.get(), tutti::timeout_error);
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(result_or(std::move(living[static_cast<std::size_t>(i)]),
                        [&] { return served(pool, square, i); }),
              i * i);
}

TEST(stopped_worker, without_a_time_limit_waits_until_it_is_continued) {
  process_pool pool{{.workers = 1}};
  const int pid = pool.submit(own_pid).get();
  end_now(pid, SIGSTOP);
  tutti::future<int> waits = pool.submit(square, 3);
  EXPECT_TRUE(is_at_rest(pid));
  EXPECT_FALSE(waits.done());
  ::kill(pid, SIGCONT);
  EXPECT_EQ(waits.get(), 9);
  EXPECT_EQ(pool.submit(own_pid).get(), pid);
}

}  // namespace
