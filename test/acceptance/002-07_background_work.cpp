// Work in the background while main goes on: it belongs to a scope, and when the scope is left it
// is stopped or waited for, as was said. Nothing outlives it.
// rows: 002-07
// also under: asan tsan
#include <tutti/tutti.hpp>

#include <atomic>
#include <chrono>

#include "acceptance.hpp"

using namespace std::chrono_literals;

std::atomic<int> living = 0;

/// Counts itself while it lives, whatever way it ends.
struct presence {
  presence() { ++living; }
  presence(const presence&) = delete;
  presence& operator=(const presence&) = delete;
  ~presence() { --living; }
};

tutti::task<> now_and_then(int& beats) {
  const presence here;
  tutti::ticker t{10ms};
  while (co_await t.tick()) ++beats;
}

tutti::task<> handles_input() {
  int beats = 0;
  auto body = [&beats](tutti::task_group& group) -> tutti::task<> {
    group.spawn(now_and_then(beats));
    co_await tutti::sleep(35ms);  // the foreground
    group.cancel();               // declared: stopped
  };
  co_await tutti::with_task_group(body);
  require(living == 0, "a group's background task was stopped with it");

  auto waits = [&beats](tutti::task_group& group) -> tutti::task<> {
    group.spawn([](int& n) -> tutti::task<> {
      const presence here;
      co_await tutti::sleep(10ms);
      n = 100;
    }(beats));
    co_return;  // declared: waited for
  };
  co_await tutti::with_task_group(waits);
  require(beats == 100 && living == 0, "a group's background task was waited for");
  (void)tutti::spawn(now_and_then(beats));
  co_await tutti::yield();
  require(living == 1, "a free task runs in the background");
}

int main() {
  tutti::run(handles_input());
  require(living == 0, "run() stopped the free task");
  {
    tutti::event begun;
    tutti::thread background{"background", [&](std::stop_token stop) {
                               const presence here;
                               begun.set();
                               while (!stop.stop_requested()) tutti::this_task::check();
                             }};
    begun.wait();
    tutti::ticker beat{1ms, [] { const presence here; }};
  }
  require(living == 0, "threads and tickers end with the block that has them");
}
