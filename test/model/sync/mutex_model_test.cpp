#include <gtest/gtest.h>

#include <mutex>

#include <tutti/testing/explore.hpp>
#include <tutti/testing/shared.hpp>
#include <tutti/tutti.hpp>

#include "../explorer/budget.hpp"

namespace lab = tutti::testing;
using namespace std::chrono_literals;
using tutti::task;

namespace {

void add_in_a_thread(tutti::mutex& m, lab::shared<int>& x) {
  std::scoped_lock hold{m};
  x = x + 1;
}

task<> add_in_a_task(tutti::mutex& m, lab::shared<int>& x) {
  auto hold = co_await m.async_lock();
  x = x + 1;
}

TEST(MutexModel, ThreadsExcludeEachOther) {
  const auto found = lab::explore(budget(lab::strategy::dfs), [] {
    tutti::mutex m;
    lab::shared<int> x = 0;
    {
      tutti::thread a{[&] { add_in_a_thread(m, x); }};
      tutti::thread b{[&] { add_in_a_thread(m, x); }};
    }
    lab::check(x == 2);
    lab::check(!m.statistics().locked);
  });
  EXPECT_GT(found.schedules, 1U);
}

TEST(MutexModel, ThreadsAndTasksExcludeEachOther) {
  lab::explore(budget(), [] {
    tutti::mutex m;
    lab::shared<int> x = 0;
    {
      tutti::thread a{[&] { add_in_a_thread(m, x); }};
      tutti::thread b{[&] { add_in_a_thread(m, x); }};
      tutti::run([](tutti::mutex& mu, lab::shared<int>& y) -> task<> {
        co_await tutti::gather(add_in_a_task(mu, y), add_in_a_task(mu, y));
      }(m, x));
    }
    lab::check(x == 4);
    lab::check(!m.statistics().locked);
  });
}

TEST(MutexModel, TasksOfTwoLoopsExcludeEachOther) {
  lab::explore(budget(), [] {
    tutti::mutex m;
    lab::shared<int> x = 0;
    {
      tutti::event_loop one;
      tutti::event_loop two;
      auto a = one.submit(add_in_a_task(m, x));
      auto b = two.submit(add_in_a_task(m, x));
      a.get();
      b.get();
    }
    lab::check(x == 2);
  });
}

TEST(MutexModel, ATimedThreadHoldsItOrDoesNot) {
  lab::explore(budget(), [] {
    tutti::mutex m;
    lab::shared<int> x = 0;
    int expected = 1;
    {
      m.lock();
      tutti::thread a{[&] {
        if (!m.try_lock_for(1ms)) return;
        ++expected;
        x = x + 1;
        m.unlock();
      }};
      x = x + 1;
      m.unlock();
    }
    lab::check(x == expected);
    lab::check(!m.statistics().locked && m.statistics().waiting == 0);
  });
}

TEST(MutexModel, ACancelledWaiterNeverKeepsTheLock) {
  lab::explore(budget(), [] {
    tutti::mutex m;
    lab::shared<int> x = 0;
    {
      tutti::event_loop loop;
      m.lock();
      auto a = loop.submit(add_in_a_task(m, x));
      auto b = loop.submit(add_in_a_task(m, x));
      tutti::thread canceller{[&] { a.cancel(); }};
      m.unlock();
      b.get();
      a.wait();
    }
    lab::check(x == 1 || x == 2);
    lab::check(!m.statistics().locked && m.statistics().waiting == 0);
    lab::check(m.try_lock());
    m.unlock();
  });
}

void lock_twice(tutti::mutex& m, lab::shared<int>& x) {
  for (int i = 0; i < 2; ++i) add_in_a_thread(m, x);
}

TEST(MutexModel, ThreadsAndTasksInOneLineAllGetIt) {
  lab::explore(budget(lab::strategy::pct), [] {
    tutti::mutex m;
    lab::shared<int> x = 0;
    {
      tutti::event_loop loop;
      m.lock();
      auto a = loop.submit(add_in_a_task(m, x));
      tutti::thread b{[&] { lock_twice(m, x); }};
      auto c = loop.submit(add_in_a_task(m, x));
      tutti::thread d{[&] { lock_twice(m, x); }};
      m.unlock();
      a.get();
      c.get();
    }
    lab::check(x == 6);
    lab::check(!m.statistics().locked && m.statistics().waiting == 0);
  });
}

}  // namespace
