#include <tutti/sync/event.hpp>

#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <tutti/tutti.hpp>

using namespace std::chrono_literals;
using tutti::task;

namespace {

TEST(Event, LetsThroughWhileSet) {
  tutti::event e;
  EXPECT_FALSE(e.is_set());
  EXPECT_FALSE(e.try_wait());
  EXPECT_FALSE(e.try_wait_for(1us));
  e.set();
  e.wait();
  EXPECT_TRUE(e.try_wait_for(-1s));
  e.clear();
  EXPECT_FALSE(e.try_wait_for(0s));
  EXPECT_EQ(e.statistics().waiting, 0U);
}

task<> wait_and_count(tutti::event& e, int& n) {
  co_await e.async_wait();
  ++n;
}

TEST(Event, SetWakesThreadsAndTasks) {
  tutti::event go;
  tutti::event here;
  int tasks = 0;
  int threads = 0;
  std::thread t([&] {
    here.set();
    go.wait();
    ++threads;
  });
  tutti::run([](tutti::event& g, tutti::event& h, int& n) -> task<> {
    auto a = tutti::spawn(wait_and_count(g, n));
    auto b = tutti::spawn(wait_and_count(g, n));
    co_await h.async_wait();
    EXPECT_EQ(n, 0);
    g.set();
    EXPECT_EQ(n, 0);  // never inside set()
    co_await std::move(a);
    co_await std::move(b);
  }(go, here, tasks));
  t.join();
  EXPECT_EQ(tasks, 2);
  EXPECT_EQ(threads, 1);
}

TEST(Event, WhoWasLetGoStaysSoAfterClear) {
  tutti::event e;
  int n = 0;
  tutti::run([](tutti::event& ev, int& k) -> task<> {
    auto a = tutti::spawn(wait_and_count(ev, k));
    co_await tutti::yield();
    ev.set();
    ev.clear();
    co_await std::move(a);
  }(e, n));
  EXPECT_EQ(n, 1);
}

TEST(Event, CompletionBeatsCancellation) {
  tutti::event e;
  int n = 0;
  tutti::run([](tutti::event& ev, int& k) -> task<> {
    auto first = tutti::spawn(wait_and_count(ev, k));
    co_await tutti::yield();
    ev.set();
    first.cancel();  // too late: it was woken
    co_await std::move(first);
    EXPECT_EQ(k, 1);
    ev.clear();
    auto second = tutti::spawn(wait_and_count(ev, k));
    co_await tutti::yield();
    second.cancel();
    ev.set();  // too late: it has left
    bool gone = false;
    try {
      co_await std::move(second);
    } catch (const tutti::future_cancelled&) {
      gone = true;
    }
    EXPECT_TRUE(gone);
  }(e, n));
  EXPECT_EQ(n, 1);
}

TEST(Event, TimeoutGivesUp) {
  tutti::event e;
  tutti::run([](tutti::event& ev) -> task<> {
    const bool done = co_await tutti::move_on_after(1us, ev.async_wait());
    EXPECT_FALSE(done);
    EXPECT_EQ(ev.statistics().waiting, 0U);
    bool refused = false;
    try {
      ev.wait();
    } catch (const tutti::blocking_call&) {
      refused = true;
    }
    EXPECT_TRUE(refused);
  }(e));
}

TEST(EventDeathTest, DestroyingItUnderAWaiterEndsTheProgram) {
  EXPECT_DEATH(tutti::run([]() -> task<> {
                 auto e = std::make_unique<tutti::event>();
                 int n = 0;
                 auto f = tutti::spawn(wait_and_count(*e, n));
                 co_await tutti::yield();
                 e.reset();
                 co_await std::move(f);
               }()),
               "an event was destroyed while somebody waited for it");
}

}  // namespace
