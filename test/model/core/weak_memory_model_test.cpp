// The state word of a task, the cancel tree and the futures under weak memory: whoever loses a race
// knows it, and whoever is woken sees what was done before.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <optional>

#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

/// At random, and then every choice of strands and of old values with at most `bound` departures:
/// what is not modelled besides, the report says.
template <class Scenario>
void walked_and_complete(unsigned bound, Scenario scenario) {
  lab::explore({.schedules = 3'000, .steps_max = 20'000, .weak_memory = true}, scenario);
  const lab::report found = lab::explore({.schedules = 500'000,
                                          .strategy = lab::strategy::dfs,
                                          .preemption_bound = bound,
                                          .steps_max = 20'000,
                                          .weak_memory = true},
                                         scenario);
  EXPECT_TRUE(found.complete);
  std::puts(found.text().c_str());
}

TEST(WeakMemoryModel, AWokenTaskSeesWhatWasDoneBefore) {
  walked_and_complete(3, [] {
    event e;
    lab::shared<int> data = 0;
    thread setter{"setter", [&] {
                    data = 7;
                    e.set();
                  }};
    const auto main = [&]() -> task<> {
      co_await e.async_wait();
      lab::check(data == 7);
    };
    run(main());
  });
}

TEST(WeakMemoryModel, WakeAndCancelHaveOneWinner) {
  walked_and_complete(2, [] {
    queue<int> q;
    cancel_scope scope;
    std::optional<int> got;
    thread putter{"putter", [&] { q.put(1); }};
    thread canceller{"canceller", [&] { scope.cancel(); }};
    const auto take = [&]() -> task<int> { co_return co_await q.async_get(); };
    const auto main = [&]() -> task<> { got = co_await scope.run(take()); };
    run(main());
    putter.join();
    lab::check(got.has_value() != q.try_get().has_value(), "taken, or still there");
  });
}

TEST(WeakMemoryModel, AFutureShowsWhatItsWorkDid) {
  walked_and_complete(3, [] {
    lab::shared<int> data = 0;
    promise<int> p;
    future<int> f = p.get_future();
    thread worker{"worker", [&] {
                    data = 7;
                    p.set_value(1);
                  }};
    lab::check(f.get() == 1 && data == 7);
  });
}

TEST(WeakMemoryModel, TheLastChildShowsWhatAllDid) {
  walked_and_complete(2, [] {
    event go;
    lab::shared<int> a = 0, b = 0;
    thread starter{"starter", [&] { go.set(); }};
    const auto child = [&](lab::shared<int>& x) -> task<> {
      co_await go.async_wait();
      x = 1;
    };
    const auto body = [&](task_group& g) -> task<> {
      g.spawn(child(a));
      g.spawn(child(b));
      co_return;
    };
    run(with_task_group(body));
    lab::check(a == 1 && b == 1);
  });
}

TEST(WeakMemoryModel, ALockShowsWhatItsHoldersDid) {
  walked_and_complete(1, [] {
    mutex m;
    lab::shared<int> x = 0;
    const auto add = [&] {
      lock_guard hold{m};
      x = x + 1;
    };
    thread a{"a", add};
    thread b{"b", add};
    const auto main = [&]() -> task<> {
      auto hold = co_await m.async_lock();
      x = x + 1;
    };
    run(main());
    a.join();
    b.join();
    lab::check(x == 3);
  });
}

}  // namespace
}  // namespace tutti
