#include <gtest/gtest.h>

#include <mutex>

#include <tutti/testing/explore.hpp>
#include <tutti/testing/shared.hpp>
#include <tutti/tutti.hpp>

#include "../explorer/budget.hpp"

namespace lab = tutti::testing;
using tutti::task;

namespace {

struct account {
  tutti::mutex m;
  tutti::condition changed;
  lab::shared<int> coins = 0;
};

task<> take_coin(account& a) {
  auto hold = co_await a.m.async_lock();
  co_await a.changed.async_wait(hold, [&] { return a.coins > 0; });
  a.coins = a.coins - 1;
}

void take_coin_in_a_thread(account& a) {
  std::unique_lock lock{a.m};
  a.changed.wait(lock, [&] { return a.coins > 0; });
  a.coins = a.coins - 1;
}

void give_coin(account& a) {
  {
    std::scoped_lock hold{a.m};
    a.coins = a.coins + 1;
  }
  a.changed.notify_one();
}

TEST(ConditionModel, NoNotificationIsLostBetweenThreads) {
  lab::explore(budget(), [] {
    account a;
    {
      tutti::thread x{[&] { take_coin_in_a_thread(a); }};
      tutti::thread y{[&] { take_coin_in_a_thread(a); }};
      give_coin(a);
      give_coin(a);
    }
    lab::check(a.coins == 0);
  });
}

TEST(ConditionModel, NoNotificationIsLostBetweenThreadsAndTasks) {
  lab::explore(budget(), [] {
    account a;
    {
      tutti::thread x{[&] { take_coin_in_a_thread(a); }};
      tutti::thread y{[&] {
        give_coin(a);
        give_coin(a);
      }};
      tutti::run(take_coin(a));
    }
    lab::check(a.coins == 0);
  });
}

TEST(ConditionModel, ACancelledWaiterPassesItsNotificationOn) {
  lab::explore(budget(), [] {
    account a;
    bool first_took = false;
    {
      tutti::event_loop loop;
      auto x = loop.submit([](account& ac, bool& took) -> task<> {
        co_await take_coin(ac);
        took = true;
      }(a, first_took));
      auto y = loop.submit(take_coin(a));
      tutti::thread canceller{[&] { x.cancel(); }};
      give_coin(a);
      x.wait();
      if (first_took) give_coin(a);
      y.get();
    }
    lab::check(a.coins == 0);
    lab::check(!a.m.statistics().locked);
  });
}

}  // namespace
