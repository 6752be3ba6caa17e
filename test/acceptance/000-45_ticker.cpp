// Periodic work under a virtual clock: ten ticks in ten periods without drift, stop() ends a wait
// at once and nothing fires afterwards, missed ticks are counted, cron fires at its minutes.
// rows: 000-45
// also under: asan tsan
#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include <chrono>
#include <vector>

#include "acceptance.hpp"

using namespace std::chrono_literals;
namespace lab = tutti::testing;

tutti::task<> ten_ticks() {
  const auto start = tutti::clock::now();
  tutti::ticker t{100ms};
  for (int i = 1; i <= 10; ++i) {
    const bool ticked = co_await t.tick();
    require(ticked && tutti::clock::now() - start == i * 100ms, "each tick at its multiple");
    co_await tutti::sleep(60ms);  // work that would make a sleeping loop drift
  }
  co_await tutti::sleep(340ms);
  co_await t.tick();
  require(t.missed() == 3, "three ticks were missed and counted, not made up for");
}

tutti::task<> on_a_thread() {
  int ticks = 0;
  tutti::ticker t{100ms, [&] { ++ticks; }};
  co_await tutti::sleep(250ms);
  const auto before = tutti::clock::now();
  t.stop();
  require(tutti::clock::now() - before < 10ms, "stop() returns at once");
  co_await tutti::sleep(1h);
  require(ticks == 2, "no tick fires after stop()");
}

tutti::task<> calendar() {
  std::vector<tutti::duration> at;
  const auto start = tutti::clock::now();
  const auto midnight = start - start.time_since_epoch() % 24h;
  tutti::cron c{"15,45 6-7 * * *", {.utc = true}};
  for (int i = 0; i < 8; ++i) {
    co_await c.tick();
    at.push_back((tutti::clock::now() - midnight) % 24h);
  }
  for (std::size_t i = 0; i < 8; ++i) {
    const tutti::duration of_day[] = {375min, 405min, 435min, 465min};
    require(at[i] == of_day[i % 4], "cron fires at 06:15, 06:45, 07:15 and 07:45");
  }
}

int main() {
  lab::run_virtual(ten_ticks());
  lab::run_virtual(on_a_thread());
  lab::run_virtual(calendar());
}
