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

namespace {

using namespace std::chrono_literals;
using tutti::process_mutex;

void count_up(process_mutex m, tutti::shared_array<long> total, int times) {
  for (int i = 0; i < times; ++i) {
    const std::lock_guard guard{m};
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

}  // namespace
