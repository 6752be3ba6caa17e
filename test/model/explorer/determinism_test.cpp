// One seed, one run: every run is made twice and must take the same decisions.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include "budget.hpp"

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

lab::options twice(lab::strategy how) {
  lab::options out = budget();
  out.schedules /= 3;  // three scenarios
  out.strategy = how;
  out.checked_again = 1;
  return out;
}

TEST(explorer_determinism, threads_locks_and_time_limits) {
  lab::options how = twice(lab::strategy::portfolio);
  how.timer_jitter = 3ms;
  lab::explore(std::move(how), [] {
    mutex m;
    condition changed;
    int turns = 0;
    const auto turn = [&] {
      lock_guard hold{m};
      changed.try_wait_for(hold, 2ms);
      ++turns;
      changed.notify_one();
    };
    thread a{"a", turn};
    thread b{"b", turn};
  });
}

TEST(explorer_determinism, a_pool_and_a_loop) {
  lab::explore(twice(lab::strategy::portfolio), [] {
    thread_pool pool{{.threads = 2}};
    const auto main = [&]() -> task<int> {
      auto [x, y] = co_await gather(pool.submit([] { return 1; }), pool.submit([] { return 2; }));
      co_return x + y;
    };
    lab::check(run(main()) == 3);
  });
}

TEST(explorer_determinism, weather_and_weak_memory) {
  lab::options how = twice(lab::strategy::random);
  how.weak_memory = true;
  lab::explore(std::move(how), [] {
    lab::atomic<int> told = 0;
    thread other{"other", [&] { told.store(1, sys::relaxed); }};
    const auto main = [&]() -> task<std::string> {
      lab::network net;
      net.set_link("a", "b", {.delay = 1ms, .loss = 0.2, .jitter = 2ms, .short_transfers = true});
      const auto serve = []() -> task<std::string> {
        auto door = net::listen({"b", 80});
        auto s = co_await door.accept();
        co_return co_await s.read_all();
      };
      const auto ask = []() -> task<> {
        co_await yield();
        auto s = co_await net::connect("b", 80);
        co_await s.write("some text");
        co_await s.shutdown_write();
      };
      auto [got, nothing] = co_await gather(net.on("b", serve()), net.on("a", ask()));
      (void)nothing;
      (void)told.load(sys::relaxed);
      co_return got;
    };
    lab::check(run(main()) == "some text");
  });
}

}  // namespace
}  // namespace tutti
