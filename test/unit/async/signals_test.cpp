#include <tutti/async/signals.hpp>

#include <csignal>
#include <optional>

#include <tutti/base/error.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>

#include "engines.hpp"

namespace tutti {
namespace {

class Signals : public test::EngineTest {};

TEST_P(Signals, GivesWhatCameBeforeAndDuringTheWait) {
  on_engine([]() -> task<> {
    signals s{SIGTERM, SIGHUP};
    std::raise(SIGHUP);
    EXPECT_EQ(co_await s.next(), SIGHUP);
    for (int i = 0; i < 3; ++i) {
      auto waits = spawn(s.next());
      co_await yield();
      std::raise(SIGTERM);
      EXPECT_EQ(co_await std::move(waits), SIGTERM);
    }
    std::raise(SIGTERM);
    std::raise(SIGHUP);
    EXPECT_EQ(co_await s.next(), SIGHUP) << "the lowest first";
    EXPECT_EQ(co_await s.next(), SIGTERM);
  }());
}

TEST_P(Signals, ACancelledWaitLosesNone) {
  on_engine([]() -> task<> {
    signals s{SIGUSR1};
    auto waits = spawn(s.next());
    co_await yield();
    waits.cancel();
    EXPECT_THROW(co_await std::move(waits), future_cancelled);
    std::raise(SIGUSR1);
    EXPECT_EQ(co_await s.next(), SIGUSR1);
  }());
}

TEST_P(Signals, EveryObjectGetsItsOwn) {
  on_engine([]() -> task<> {
    signals a{SIGUSR1};
    signals b{SIGUSR1, SIGUSR2};
    std::raise(SIGUSR1);
    EXPECT_EQ(co_await a.next(), SIGUSR1);
    EXPECT_EQ(co_await b.next(), SIGUSR1);
  }());
}

TEST_P(Signals, GivesTheFormerDispositionBack) {
  static int seen = 0;
  seen = 0;
  const auto former = std::signal(SIGUSR2, [](int) { ++seen; });
  {
    signals s{SIGUSR2};
    std::raise(SIGUSR2);
    EXPECT_EQ(seen, 0);
  }
  std::raise(SIGUSR2);
  EXPECT_EQ(seen, 1);
  std::signal(SIGUSR2, former);
}

TEST_P(Signals, RefusesWhatCannotBeCaught) {
  EXPECT_THROW(signals({SIGKILL}), std::system_error);
  EXPECT_THROW(signals({1000}), std::system_error);
}

TUTTI_ON_ENGINES(Signals);

}  // namespace
}  // namespace tutti
