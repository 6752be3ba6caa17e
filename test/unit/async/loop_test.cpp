#include <tutti/async/loop.hpp>

#include <chrono>
#include <vector>

#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>

#include "engines.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;

class Loop : public test::EngineTest {};

TEST_P(Loop, RunsInTheOrderOfReadiness) {
  std::vector<int> order;
  on_engine([](std::vector<int>& out) -> task<> {
    const auto note = [](std::vector<int>* to, int n) -> task<> {
      to->push_back(n);
      co_await yield();
      to->push_back(n + 10);
    };
    for (int i = 0; i < 3; ++i) spawn(note, &out, i);
    co_await yield();
    co_await yield();
  }(order));
  EXPECT_EQ(order, (std::vector{0, 1, 2, 10, 11, 12}));
}

TEST_P(Loop, FiresTimersWhileOthersAreBusy) {
  on_engine([]() -> task<> {
    bool fired = false;
    auto timer = spawn(
        [](bool* done) -> task<> {
          co_await sleep(1ms);
          *done = true;
        },
        &fired);
    while (!fired) co_await yield();
    co_await std::move(timer);
  }());
}

TEST_P(Loop, IsWokenFromOtherThreads) {
  on_engine([]() -> task<> {
    for (int i = 0; i < 100; ++i) {
      promise<int> p;
      future<int> f = p.get_future();
      sys::thread other("other", [&p, i] { p.set_value(i); });
      EXPECT_EQ(co_await std::move(f), i);
    }
  }());
}

TUTTI_ON_ENGINES(Loop);

}  // namespace
}  // namespace tutti
