#include <gtest/gtest.h>

#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

#include <tutti/tutti.hpp>

using namespace std::chrono_literals;
using tutti::task;

// Real threads and a real loop on the same objects; meant for the sanitizers.
namespace {

constexpr int rounds = 2000;

TEST(SyncStress, AMutexUnderThreadsTasksTimeOutsAndCancellation) {
  tutti::mutex m;
  long n = 0;
  long expected = 0;
  std::vector<std::thread> threads;
  std::vector<long> counted(3);
  for (std::size_t t = 0; t < counted.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < rounds; ++i) {
        if (t == 0 && i % 2 == 0) {
          if (!m.try_lock_for(1us)) continue;
        } else {
          m.lock();
        }
        ++n;
        ++counted[t];
        m.unlock();
      }
    });
  }
  const long in_tasks = tutti::run([](tutti::mutex& mu, long& x) -> task<long> {
    long mine = 0;
    const auto add = [](tutti::mutex& mut, long& y, long& z) -> task<> {
      auto hold = co_await mut.async_lock();
      ++y;
      ++z;
    };
    for (int i = 0; i < rounds / 4; ++i) {
      auto a = tutti::spawn(add(mu, x, mine));
      auto b = tutti::spawn(add(mu, x, mine));
      co_await tutti::move_on_after(1us, add(mu, x, mine));
      a.cancel();
      co_await std::move(b);
      try {  // it may still stand in line: b may have come past it
        co_await std::move(a);
      } catch (const tutti::future_cancelled&) {
      }
    }
    co_return mine;
  }(m, n));
  for (auto& t : threads) t.join();
  for (const long c : counted) expected += c;
  EXPECT_EQ(n, expected + in_tasks);
  EXPECT_FALSE(m.statistics().locked);
}

TEST(SyncStress, AQueueBetweenThreadsAndTasksWithCancelledGetters) {
  tutti::queue<int> q{4};
  std::thread producer([&] {
    for (int i = 1; i <= rounds; ++i) q.put(i);
    q.close();
  });
  long in_a_thread = 0;
  std::thread consumer([&] {
    while (auto x = q.next()) in_a_thread += *x;
  });
  const long in_tasks = tutti::run([](tutti::queue<int>& qu) -> task<long> {
    long sum = 0;
    for (;;) {
      // On a slow machine a microsecond is over before the first look, each time.
      const auto hurried = co_await tutti::move_on_after(1us, qu.async_next());
      const auto x = hurried ? *hurried : co_await qu.async_next();
      if (!x) break;
      sum += *x;
    }
    co_return sum;
  }(q));
  producer.join();
  consumer.join();
  EXPECT_EQ(in_a_thread + in_tasks, static_cast<long>(rounds) * (rounds + 1) / 2);
}

TEST(SyncStress, ConditionsEventsAndBarriersInRounds) {
  tutti::mutex m;
  tutti::condition changed;
  tutti::barrier meet{2};
  int turn = 0;
  const auto play = [&](int me) {
    for (int i = 0; i < rounds / 4; ++i) {
      std::unique_lock lock{m};
      changed.wait(lock, [&] { return turn % 2 == me; });
      ++turn;
      changed.notify_all();
    }
    meet.arrive_and_wait();
  };
  std::thread a(play, 0);
  tutti::run([](tutti::mutex& mu, tutti::condition& c, tutti::barrier& b, int& t) -> task<> {
    for (int i = 0; i < rounds / 4; ++i) {
      auto hold = co_await mu.async_lock();
      co_await c.async_wait(hold, [&] { return t % 2 == 1; });
      ++t;
      c.notify_all();
    }
    co_await b.async_arrive_and_wait();
  }(m, changed, meet, turn));
  a.join();
  EXPECT_EQ(turn, rounds / 4 * 2);
}

TEST(SyncStress, ASharedMutexKeepsWritersApart) {
  tutti::shared_mutex m;
  long a = 0;
  long b = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < rounds; ++i) {
        if (i % 4 == 0) {
          std::scoped_lock hold{m};
          ++a;
          ++b;
        } else {
          std::shared_lock hold{m};
          EXPECT_EQ(a, b);
        }
      }
    });
  }
  for (auto& t : threads) t.join();
  EXPECT_EQ(a, 3L * (rounds / 4));
}

}  // namespace
