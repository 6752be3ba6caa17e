/// Every kind of death in every phase of a worker's life: the right error for the one task, nobody
/// else affected, the pool at size again.
#include <tutti/process/process_pool.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

#include <tutti/process/shared_value.hpp>
#include <tutti/testing/fault.hpp>
#include <tutti/wire/crossing.hpp>

#include "deaths.hpp"
#include "patient.hpp"

namespace {

using namespace std::chrono_literals;
using tutti::process_pool;

using deaths::death;
using deaths::die;
using deaths::end_of;
using deaths::expected;

const int host = ::getpid();  // before main, so workers know the host's

/// Dies in a worker while it is taken apart (or put together).
struct fragile {
  int how = 0;
  bool when_decoded = false;
};

}  // namespace

template <>
struct tutti::wire::crossing<fragile> {
  static void encode(byte_writer& out, const fragile& f) {
    if (::getpid() != host) die(static_cast<death>(f.how));
    out.put_value(f.how);
    out.put_value(f.when_decoded);
  }
  static fragile decode(byte_reader& in) {
    const int how = in.take_value<int>();
    const bool when_decoded = in.take_value<bool>();
    if (when_decoded && ::getpid() != host) die(static_cast<death>(how));
    return {how, when_decoded};
  }
};

namespace {

int square(int x) { return x * x; }
void run_and_die(int how) { die(static_cast<death>(how)); }
void take(fragile) {}
fragile give(int how) { return {how, false}; }
int own_pid() { return ::getpid(); }

template <class F>
void expect_death(F&& submit, expected wanted) {
  try {
    submit().get();
    ADD_FAILURE() << "it lived";
  } catch (const tutti::worker_crashed& e) {
    EXPECT_EQ(e.signal(), wanted.signal) << e.what();
    EXPECT_EQ(e.exit_code(), wanted.code) << e.what();
  }
}

class crash_matrix : public testing::TestWithParam<death> {
 protected:
  int how() const { return static_cast<int>(GetParam()); }
  /// The pool has lost `crashes` workers and serves as before.
  void expect_whole(process_pool& pool, std::size_t crashes) {
    std::vector<tutti::future<int>> all;
    for (int i = 0; i < 50; ++i) all.push_back(pool.submit(square, i));
    for (int i = 0; i < 50; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i)].get(), i * i);
    const auto stats = pool.stats();
    EXPECT_EQ(stats.workers, 2U);
    EXPECT_EQ(stats.restarts, crashes);
    EXPECT_EQ(stats.queued + stats.running, 0U);
  }
};

TEST_P(crash_matrix, while_it_runs_decodes_and_encodes) {
  process_pool pool{{.workers = 2}};
  std::vector<tutti::future<int>> siblings;
  for (int i = 0; i < 20; ++i) siblings.push_back(pool.submit(square, i));
  expect_death([&] { return pool.submit(run_and_die, how()); }, end_of(GetParam()));
  expect_death([&] { return pool.submit(take, fragile{how(), true}); }, end_of(GetParam()));
  expect_death([&] { return pool.submit(give, how()); }, end_of(GetParam()));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(siblings[static_cast<std::size_t>(i)].get(), i * i);
  expect_whole(pool, 3);
}

TEST_P(crash_matrix, in_a_map_and_in_a_stream) {
  process_pool pool{{.workers = 2}};
  EXPECT_THROW(pool.map(run_and_die, std::vector{how()}).get(), tutti::worker_crashed);
  EXPECT_THROW(pool.imap(run_and_die, std::vector{how()}).next(), tutti::worker_crashed);
  expect_whole(pool, 2);
}

TEST_P(crash_matrix, at_exit_when_the_pool_shuts_down) {
  process_pool pool{{.workers = 2}};
  tutti::future<void> last = pool.submit(run_and_die, how());
  pool.shutdown();
  expect_death([&] { return std::move(last); }, end_of(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(every, crash_matrix, testing::ValuesIn(deaths::all));

TEST(crash_matrix, killed_while_idle_or_receiving) {
  process_pool pool{{.workers = 1}};
  for (int round = 0; round < 20; ++round) {
    const int pid = pool.submit(own_pid).get();
    if (round % 2 == 0) ::kill(pid, SIGKILL);
    tutti::future<int> next = pool.submit(square, round);
    if (round % 2 == 1) ::kill(pid, SIGKILL);  // perhaps just as it takes the call
    try {
      EXPECT_EQ(next.get(), round * round);
    } catch (const tutti::worker_crashed& e) {
      EXPECT_EQ(e.signal(), SIGKILL);
    }
  }
  EXPECT_EQ(pool.submit(square, 3).get(), 9);
}

TEST(crash_matrix, killed_by_a_callback_of_another_task) {
  process_pool pool{{.workers = 1}};
  const int pid = pool.submit(own_pid).get();
  tutti::future<int> first = pool.submit(square, 2);
  first.on_done([pid](const tutti::outcome<int>&) { ::kill(pid, SIGKILL); });
  EXPECT_EQ(first.get(), 4);
  for (int i = 0; i < 3; ++i) {
    try {
      EXPECT_EQ(pool.submit(square, 3).get(), 9);
    } catch (const tutti::worker_crashed& e) {
      EXPECT_EQ(e.signal(), SIGKILL);
    }
  }
}

std::vector<int> die_now() {
  std::raise(SIGKILL);
  return {};
}
TEST(crash_matrix, in_the_initializer_the_pool_breaks_with_a_sentence) {
  process_pool pool{{.workers = 2, .initializer = [] { die_now(); }}};
  try {
    pool.submit(square, 1).get();
    ADD_FAILURE();
  } catch (const tutti::error& e) {
    EXPECT_NE(std::string(e.what()).find("before they were ready"), std::string::npos) << e.what();
  }
}

TEST(crash_matrix, cpu_time_used_up_is_a_timeout_of_the_task) {
  process_pool pool{{.workers = 1, .cpu_limit = 1s}};
  try {
    pool.submit([] {
          // As the kernel does it, without computing for a second.
          std::raise(SIGXCPU);
        })
        .get();
    ADD_FAILURE();
  } catch (const tutti::timeout_error& e) {
    EXPECT_NE(std::string(e.what()).find("cpu_limit"), std::string::npos) << e.what();
  }
  const auto limit = [] {
    rlimit l;
    ::getrlimit(RLIMIT_CPU, &l);
    return static_cast<long>(l.rlim_cur);
  };
  const long now = pool.submit(limit).get();
  EXPECT_GE(now, 2);
  EXPECT_LE(now, 3);
}

TEST(crash_matrix, out_of_memory_is_an_error_of_the_task) {
#if defined(TUTTI_ASAN) || defined(TUTTI_TSAN)
  GTEST_SKIP() << "sanitizers need their own memory";
#endif
  process_pool pool{{.workers = 1, .memory_limit = std::size_t{256} << 20}};
  EXPECT_THROW(
      pool.submit([](std::size_t n) { return std::string(n, 'x').size(); }, std::size_t{1} << 30)
          .get(),
      std::bad_alloc);
  EXPECT_EQ(pool.submit(square, 3).get(), 9);
}

TEST(crash_matrix, a_system_without_processes_is_asked_again_and_nothing_is_lost) {
  process_pool pool{{.workers = 1}};
  EXPECT_EQ(pool.submit(square, 2).get(), 4);
  const tutti::testing::fault none{"process.fork", EAGAIN, ENOMEM, EAGAIN};
  expect_death([&] { return pool.submit(run_and_die, static_cast<int>(death::kill)); },
               {SIGKILL, 0});
  EXPECT_EQ(pool.submit(square, 3).get(), 9);
  EXPECT_EQ(none.left(), 0U);
}

TEST(crash_matrix, a_system_without_descriptors_or_processes_refuses_with_its_error) {
  for (const char* const site : {"process.fork", "process.memory"}) {
    const tutti::testing::fault none{site, EMFILE};
    try {
      process_pool pool{{.workers = 1}};
      ADD_FAILURE();
    } catch (const std::system_error& e) {
      EXPECT_EQ(e.code().value(), EMFILE);
    }
  }
  process_pool pool{{.workers = 1}};
  const tutti::testing::fault full{"process.memory", ENOMEM};
  EXPECT_EQ(pool.submit(square, 3).get(), 9);
  EXPECT_THROW(tutti::shared_value<int>{1}, std::system_error);
  EXPECT_EQ(pool.submit(square, 3).get(), 9);
}

}  // namespace
