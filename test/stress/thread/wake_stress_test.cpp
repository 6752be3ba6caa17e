// Real threads that go to sleep while others wake them: a wake that is lost is a test that never
// ends. A few thousand races in the gate, a million of each kind in `make soak`.
#include <gtest/gtest.h>

#include <cstdlib>

#include <tutti/sys/parker.hpp>
#include <tutti/sys/thread.hpp>
#include <tutti/tutti.hpp>

namespace {

long races() {
  const char* const wish = std::getenv("TUTTI_SOAK");
  return wish != nullptr ? std::strtol(wish, nullptr, 10) : 5'000;
}
/// So that the sleeper is met before, in and after its way to sleep.
void dawdle(long i) {
  for (long n = i * 7 % 40; n > 0; --n) tutti::sys::cpu_relax();
}

TEST(WakeStress, TwoParkers) {
  const long n = races();
  tutti::sys::parker ping;
  tutti::sys::parker pong;
  tutti::sys::thread other("other", [&] {
    for (long i = 0; i < n; ++i) {
      ping.park();
      dawdle(i);
      pong.unpark();
    }
  });
  for (long i = 0; i < n; ++i) {
    ping.unpark();
    dawdle(i / 3);
    pong.park();
  }
  other.join();
}

TEST(WakeStress, AThreadAndATask) {
  const long n = races();
  tutti::queue<long> there{1};
  tutti::queue<long> back{1};
  tutti::event_loop loop;
  auto echo = [](tutti::queue<long>& from, tutti::queue<long>& to) -> tutti::task<> {
    while (auto x = co_await from.async_next()) co_await to.async_put(*x);
  };
  auto task = loop.submit(echo(there, back));
  for (long i = 0; i < n; ++i) {
    there.put(i);
    dawdle(i);
    EXPECT_EQ(back.get(), i);
  }
  there.close();
  task.get();
}

TEST(WakeStress, WorkersThatAreAboutToSleep) {
  const long n = races();
  tutti::thread_pool pool{{.threads = 2}};
  for (long i = 0; i < n; ++i) {
    dawdle(i);
    EXPECT_EQ(pool.submit([i] { return i; }).get(), i);
  }
}

/// A worker forks while the other is about to sleep; the first branch never forks again.
TEST(WakeStress, ForksOfABranchThatOnlyWaits) {
  const long n = races();
  tutti::thread_pool pool{{.threads = 2}};
  pool.submit([&] {
        for (long i = 0; i < n; ++i) {
          tutti::event taken;
          tutti::parallel_invoke(pool, [&] { taken.wait(); }, [&] { taken.set(); });
          dawdle(i);
        }
      })
      .get();
}

/// Workers that wait for results and are woken for work at the same time.
TEST(WakeStress, WorkersThatWaitForEachOther) {
  const long n = races();
  tutti::thread_pool pool{{.threads = 2}};
  const auto chain = [&pool, n] {
    for (long i = 0; i < n; ++i) {
      EXPECT_EQ(pool.submit([&pool, i] { return pool.submit([i] { return i; }).get(); }).get(), i);
    }
  };
  auto one = pool.submit(chain);
  auto two = pool.submit(chain);
  chain();
  one.get();
  two.get();
}

/// A pool whose task is made ready by a thread that is still on the way to wake a worker when the
/// pool goes.
TEST(WakeStress, PoolsThatGoWhileTheyAreWoken) {
  const long n = races() / 20;
  for (long i = 0; i < n; ++i) {
    tutti::event go;
    tutti::thread setter;
    {
      tutti::thread_pool pool{{.threads = 2}};
      auto wait = [](tutti::event& e) -> tutti::task<> { co_await e.async_wait(); };
      auto waiting = pool.submit(wait, std::ref(go));
      setter = tutti::thread{[&go, i] {
        dawdle(i);
        go.set();
      }};
      waiting.get();
    }
    setter.join();
  }
}

}  // namespace
