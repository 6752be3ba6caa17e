#include <gtest/gtest.h>

#include <tutti/testing/explore.hpp>
#include <tutti/testing/shared.hpp>
#include <tutti/tutti.hpp>

#include "../explorer/budget.hpp"

namespace lab = tutti::testing;
using tutti::task;

namespace {

task<> meet(tutti::barrier& b, lab::atomic<int>& arrived) {
  ++arrived;
  co_await b.async_arrive_and_wait();
  lab::check(arrived == 3);
}

TEST(BarrierModel, NobodyGoesOnBeforeTheLastArrives) {
  lab::explore(budget(), [] {
    tutti::barrier b{3};
    lab::atomic<int> arrived{0};
    tutti::thread a{[&] {
      ++arrived;
      b.arrive_and_wait();
      lab::check(arrived == 3);
    }};
    tutti::run([](tutti::barrier& ba, lab::atomic<int>& n) -> task<> {
      co_await tutti::gather(meet(ba, n), meet(ba, n));
    }(b, arrived));
  });
}

TEST(BarrierModel, WhoIsCancelledIsNotCounted) {
  lab::explore(budget(), [] {
    tutti::barrier b{2};
    bool met = false;
    {
      tutti::event_loop loop;
      auto x = loop.submit([](tutti::barrier& ba, bool& m) -> task<> {
        co_await ba.async_arrive_and_wait();
        m = true;
      }(b, met));
      tutti::thread canceller{[&] { x.cancel(); }};
      const auto index = b.try_arrive_and_wait_for(std::chrono::milliseconds(1));
      x.wait();
      lab::check(index.has_value() == met);
    }
    lab::check(b.statistics().waiting == 0);
  });
}

}  // namespace
