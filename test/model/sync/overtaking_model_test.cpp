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

// Locks that a woken thread takes for itself: what may go wrong is the same for all of them.
template <class Lock>
class OvertakingModel : public testing::Test {};
using locks = testing::Types<tutti::mutex, tutti::recursive_mutex, tutti::shared_mutex>;
TYPED_TEST_SUITE(OvertakingModel, locks);

template <class Lock>
void check_at_rest(Lock& m) {
  lab::check(m.statistics().waiting == 0);
  lab::check(m.try_lock());
  m.unlock();
}

template <class Lock>
void add(Lock& m, lab::shared<int>& x) {
  const std::scoped_lock hold{m};
  x = x + 1;
}
template <class Lock>
void add_twice(Lock& m, lab::shared<int>& x) {
  for (int i = 0; i < 2; ++i) add(m, x);
}

/// Every schedule of three threads that spin beside a lock is more than a test can wait for.
const lab::options few_in_depth{.schedules = 2000, .strategy = lab::strategy::dfs};

/// Virtual time passes only when everybody else waits.
task<> until_all_wait() { co_await tutti::sleep(1ms); }

/// Takes turns until the other one has had it; gives how often it took the lock before him.
template <class TakeTurn>
int overtake_until(const bool& had, TakeTurn take_turn) {
  int times = 0;
  for (;;) {
    bool over = false;
    take_turn([&] { over = had; });
    if (over) return times;
    ++times;
  }
}

TYPED_TEST(OvertakingModel, AWaitingThreadIsOvertakenABoundedNumberOfTimes) {
  int most = 0;
  lab::explore(budget(), [&] {
    TypeParam m;
    bool had = false;
    m.lock();
    tutti::thread b{[&] {
      const std::scoped_lock hold{m};
      had = true;
    }};
    tutti::run(until_all_wait());
    m.unlock();
    const int times = overtake_until(had, [&m](auto look) {
      const std::scoped_lock hold{m};
      look();
    });
    if (times > most) most = times;
    lab::check(times <= 128);
  });
  EXPECT_EQ(most, 128) << "the bound was never reached";
}

TEST(OvertakingModel, AWriterIsOvertakenByReadersABoundedNumberOfTimes) {
  int most = 0;
  lab::explore(budget(lab::strategy::pct), [&] {
    tutti::shared_mutex m;
    bool had = false;
    m.lock_shared();
    tutti::thread b{[&] {
      const std::scoped_lock hold{m};
      had = true;
    }};
    tutti::run(until_all_wait());
    m.unlock_shared();
    const int times = overtake_until(had, [&m](auto look) {
      const tutti::shared_lock_guard hold{m};
      look();
    });
    if (times > most) most = times;
    lab::check(times <= 128);
  });
  EXPECT_EQ(most, 128) << "the bound was never reached";
}

TYPED_TEST(OvertakingModel, NoThreadSleepsBesideAFreeLock) {
  for (const lab::options& how : {budget(), few_in_depth}) {
    lab::explore(how, [] {
      TypeParam m;
      lab::shared<int> x = 0;
      {
        tutti::thread a{[&] { add_twice(m, x); }};
        tutti::thread b{[&] { add_twice(m, x); }};
        tutti::thread c{[&] { add_twice(m, x); }};
      }
      lab::check(x == 6);
      check_at_rest(m);
    });
  }
}

TEST(OvertakingModel, NoReaderSleepsBesideAFreeLock) {
  for (const lab::options& how : {budget(), few_in_depth}) {
    lab::explore(how, [] {
      tutti::shared_mutex m;
      lab::shared<int> x = 0;
      const auto read = [&] {
        for (int i = 0; i < 2; ++i) {
          const tutti::shared_lock_guard hold{m};
          lab::check(x >= 0);
        }
      };
      {
        tutti::thread a{[&] { add_twice(m, x); }};
        tutti::thread b{read};
        tutti::thread c{[&] { add_twice(m, x); }};
        tutti::thread d{read};
      }
      lab::check(x == 4);
      check_at_rest(m);
    });
  }
}

/// Whoever is woken to take the lock and gives up instead owes it to those behind him.
TYPED_TEST(OvertakingModel, AnHeirWhoseTimeIsOverKeepsNobodyWaiting) {
  lab::explore(budget(), [] {
    TypeParam m;
    lab::shared<int> x = 0;
    int expected = 3;
    {
      tutti::thread a{[&] {
        if (!m.try_lock_for(1ms)) return;
        ++expected;
        x = x + 1;
        m.unlock();
      }};
      tutti::thread b{[&] { add_twice(m, x); }};
      const std::scoped_lock hold{m};
      x = x + 1;
      tutti::run(until_all_wait());
    }
    lab::check(x == expected);
    check_at_rest(m);
  });
}

TYPED_TEST(OvertakingModel, ACancelledHeirKeepsNobodyWaiting) {
  lab::explore(budget(), [] {
    TypeParam m;
    lab::shared<int> x = 0;
    {
      tutti::thread_pool pool{{.threads = 2}};
      m.lock();
      auto a = pool.submit([&] { add(m, x); });
      auto b = pool.submit([&] { add_twice(m, x); });
      tutti::thread canceller{[&] { a.cancel(); }};
      x = x + 1;
      m.unlock();
      b.get();
      a.wait();
    }
    lab::check(x == 3 || x == 4);
    check_at_rest(m);
  });
}

}  // namespace
