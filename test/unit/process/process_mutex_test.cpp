#include <tutti/process/process_mutex.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <mutex>
#include <vector>

#include <tutti/base/error.hpp>
#include <tutti/process/process.hpp>
#include <tutti/process/process_event.hpp>
#include <tutti/process/process_pool.hpp>
#include <tutti/process/shared_array.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/core/gather.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/timeout.hpp>

namespace {

using namespace std::chrono_literals;
using tutti::process_mutex;

void count_up(process_mutex m, tutti::shared_array<long> total, int times) {
  for (int i = 0; i < times; ++i) {
    const tutti::lock_guard guard{m};
    total[0] = total[0] + 1;
  }
}
void die_with(process_mutex m) {
  m.lock();
  std::raise(SIGKILL);
}

TEST(process_mutex, excludes_other_processes) {
  tutti::process_pool pool{{.workers = 2}};
  process_mutex m;
  tutti::shared_array<long> total{1};
  auto a = pool.submit(count_up, m, total, 20000);
  auto b = pool.submit(count_up, m, total, 20000);
  count_up(m, total, 20000);
  a.get();
  b.get();
  EXPECT_EQ(total[0], 60000);
}

TEST(process_mutex, a_dead_owner_is_reported_once_and_the_lock_stays_usable) {
  process_mutex m;
  EXPECT_EQ((tutti::process{"dies", die_with, m}.join().signal()), SIGKILL);
  m.lock();
  EXPECT_TRUE(m.owner_died());
  m.unlock();
  m.lock();
  EXPECT_FALSE(m.owner_died());
  m.unlock();
}

TEST(process_mutex, misuse_is_an_error_and_not_a_hang) {
  process_mutex m;
  EXPECT_THROW(m.unlock(), tutti::not_owner);
  m.lock();
  EXPECT_THROW(m.lock(), tutti::deadlock);
  EXPECT_FALSE(m.try_lock());
  m.unlock();
  EXPECT_TRUE(m.try_lock_for(1ms));
  m.unlock();
}

void hold(process_mutex m, tutti::process_event held, tutti::process_event let_go) {
  m.lock();
  held.set();
  let_go.wait();
  m.unlock();
}
tutti::task<bool> lock_on_a_loop(process_mutex m) {
  try {
    m.lock();
  } catch (const tutti::blocking_call&) {
    co_return true;
  }
  co_return false;
}

TEST(process_mutex, waits_end_with_their_limit_and_never_stop_a_loop) {
  process_mutex m;
  tutti::process_event held;
  tutti::process_event let_go;
  tutti::process holder{"holder", hold, m, held, let_go};
  held.wait();
  EXPECT_FALSE(m.try_lock());
  EXPECT_FALSE(m.try_lock_for(1ms));
  EXPECT_TRUE(tutti::run(lock_on_a_loop(m)));
  let_go.set();
  m.lock();
  m.unlock();
  EXPECT_TRUE(holder.join().ok());
}

tutti::task<void> add_some(tutti::process_mutex m, tutti::shared_array<int> a) {
  for (int i = 0; i < 20; ++i) {
    auto hold = co_await m.async_lock();
    const int seen = a.span()[0];
    co_await tutti::yield();
    a.span()[0] = seen + 1;
  }
}
tutti::task<void> lock_from_everywhere() {
  tutti::process_mutex m;
  tutti::shared_array<int> a{1};
  tutti::process_pool pool{{.workers = 1}};
  auto far = pool.submit(
      [](tutti::process_mutex lock, tutti::shared_array<int> array) {
        for (int i = 0; i < 2000; ++i) {
          lock.lock();
          ++array.span()[0];
          lock.unlock();
        }
      },
      m, a);
  co_await tutti::gather(add_some(m, a), add_some(m, a), add_some(m, a));
  co_await std::move(far);
  EXPECT_EQ(a.span()[0], 2060);
}
TEST(process_mutex, is_awaited_by_tasks_and_locked_by_processes) {
  tutti::run(lock_from_everywhere());
}

tutti::task<void> outlive_the_owner() {
  tutti::process_mutex m;
  tutti::process_event held;
  tutti::process owner{"owner",
                       [](tutti::process_mutex lock, tutti::process_event e) {
                         lock.lock();
                         e.set();
                         for (;;) ::pause();
                       },
                       m, held};
  co_await held.async_wait();
  bool in_time = true;
  try {
    const auto late = co_await tutti::timeout(std::chrono::milliseconds(1), m.async_lock());
  } catch (const tutti::timeout_error&) {
    in_time = false;
  }
  EXPECT_FALSE(in_time);
  owner.kill();
  const auto hold = co_await m.async_lock();
  EXPECT_TRUE(m.owner_died());
}
TEST(process_mutex, a_waiting_task_gets_it_when_the_owner_dies) { tutti::run(outlive_the_owner()); }

}  // namespace
