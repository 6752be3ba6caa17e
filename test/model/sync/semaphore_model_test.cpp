#include <gtest/gtest.h>

#include <tutti/testing/explore.hpp>
#include <tutti/testing/shared.hpp>
#include <tutti/tutti.hpp>

#include "../explorer/budget.hpp"

namespace lab = tutti::testing;
using namespace std::chrono_literals;
using tutti::task;

namespace {

struct room {
  tutti::semaphore permits{2};
  lab::atomic<int> inside{0};
  void enter() {
    lab::check(++inside <= 2);
    lab::yield_point();
    --inside;
  }
};

task<> visit(room& r) {
  auto one = co_await r.permits.async_acquire();
  r.enter();
}

TEST(SemaphoreModel, NeverMoreInsideThanPermits) {
  lab::explore(budget(), [] {
    room r;
    {
      const auto in_a_thread = [&] {
        tutti::permit one{r.permits};
        r.enter();
      };
      tutti::thread a{in_a_thread};
      tutti::thread b{in_a_thread};
      tutti::run([](room& ro) -> task<> { co_await tutti::gather(visit(ro), visit(ro)); }(r));
    }
    lab::check(r.permits.statistics().available == 2);
  });
}

TEST(SemaphoreModel, PermitsAreConservedUnderCancellationAndTimeOuts) {
  lab::explore(budget(), [] {
    room r;
    {
      tutti::event_loop loop;
      r.permits.acquire();
      r.permits.acquire();
      auto a = loop.submit(visit(r));
      auto b = loop.submit(visit(r));
      tutti::thread canceller{[&] { a.cancel(); }};
      tutti::thread late{[&] {
        if (r.permits.try_acquire_for(1ms)) r.permits.release();
      }};
      r.permits.release();
      b.get();
      r.permits.release();
      a.wait();
    }
    lab::check(r.permits.statistics().available == 2 && r.permits.statistics().waiting == 0);
  });
}

}  // namespace
