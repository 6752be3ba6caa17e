#include <gtest/gtest.h>

#include <tutti/testing/explore.hpp>
#include <tutti/testing/shared.hpp>
#include <tutti/tutti.hpp>

#include "../explorer/budget.hpp"

namespace lab = tutti::testing;
using tutti::task;

namespace {

task<> see(tutti::event& e, lab::shared<int>& x) {
  co_await e.async_wait();
  lab::check(x == 1);
}

TEST(EventModel, NoWakeIsLostBetweenThreads) {
  lab::explore(budget(lab::strategy::dfs), [] {
    tutti::event e;
    lab::shared<int> x = 0;
    tutti::thread a{[&] {
      e.wait();
      lab::check(x == 1);
    }};
    tutti::thread b{[&] {
      x = 1;
      e.set();
    }};
  });
}

TEST(EventModel, NoWakeIsLostBetweenAThreadAndTasks) {
  lab::explore(budget(), [] {
    tutti::event e;
    lab::shared<int> x = 0;
    tutti::thread b{[&] {
      x = 1;
      e.set();
    }};
    tutti::run([](tutti::event& ev, lab::shared<int>& y) -> task<> {
      co_await tutti::gather(see(ev, y), see(ev, y));
    }(e, x));
  });
}

TEST(EventModel, ItMayBeDestroyedAsSoonAsAWaitIsOver) {
  lab::explore(budget(), [] {
    auto e = std::make_unique<tutti::event>();
    tutti::thread setter{[p = e.get()] { p->set(); }};
    e->wait();
    setter.join();
    e.reset();
  });
}

TEST(EventModel, CancelledOrSetButNeverStuck) {
  lab::explore(budget(), [] {
    tutti::event e;
    lab::shared<int> x = 1;
    {
      tutti::event_loop loop;
      auto a = loop.submit(see(e, x));
      tutti::thread canceller{[&] { a.cancel(); }};
      tutti::thread setter{[&] { e.set(); }};
      a.wait();
    }
    lab::check(e.statistics().waiting == 0);
  });
}

}  // namespace
