#include <tutti/core/async_trace.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <source_location>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <tutti/core/gather.hpp>
#include <tutti/core/generator.hpp>
#include <tutti/core/hook.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>
#include <tutti/core/task_group.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/runtime/event_loop.hpp>
#include <tutti/runtime/run.hpp>

namespace tutti {
namespace {

unsigned thrown_at = 0;

struct counted {
  explicit counted(int* n) : alive(n) { ++*alive; }
  counted(const counted& other) : alive(other.alive) { ++*alive; }
  counted& operator=(const counted&) = delete;
  ~counted() { --*alive; }
  int* alive;
};

task<> sleep_forever() { co_await sleep(duration::max()); }
task<> trace_leaf() {
  co_await yield();
  thrown_at = std::source_location::current().line() - 1;
  throw std::out_of_range("five deep");
}
task<> trace_four() { co_await trace_leaf(); }
task<> trace_three() { co_await trace_four(); }
task<> trace_two() { co_await trace_three(); }
task<> trace_one() { co_await trace_two(); }

std::vector<std::string> functions(const std::vector<trace_frame>& trace) {
  std::vector<std::string> out;
  for (const trace_frame& f : trace) out.push_back(f.function.substr(f.function.rfind(':') + 1));
  return out;
}

TEST(AsyncTrace, NamesTheAwaitingChainWithItsLines) {
  try {
    run(trace_one());
    FAIL();
  } catch (const std::out_of_range& e) {
    const std::vector<trace_frame> trace = async_trace();
    EXPECT_EQ(functions(trace), (std::vector<std::string>{"trace_leaf", "trace_four", "trace_three",
                                                          "trace_two", "trace_one"}));
    EXPECT_EQ(trace[0].line, thrown_at);
    EXPECT_EQ(trace[1].line, thrown_at + 4);
    EXPECT_NE(trace[1].file.find("async_trace_test.cpp"), std::string::npos);
    const std::string text = error_text();
    EXPECT_EQ(text.find("std::out_of_range: five deep\n    in "), 0U) << text;
    EXPECT_NE(text.find("trace_four (" + trace[1].file + ":"), std::string::npos) << text;
  }
}

task<> idle() { co_return; }
task<> gathers() { co_await gather(idle(), trace_leaf()); }
task<> races() { co_await race(trace_leaf(), sleep_forever()); }
task<> limits() { co_await timeout(std::chrono::hours(1), trace_leaf()); }
task<> spawns() { co_await spawn(trace_leaf()); }
task<> elsewhere() {
  event_loop other;
  co_await on(other, trace_leaf());
}
async_generator<int> counts() {
  co_yield 1;
  co_await trace_leaf();
}
task<> reads() {
  auto g = counts();
  while (auto x = co_await g.next()) {
  }
}

std::vector<std::string> chain_of(task<> t) {
  try {
    run(std::move(t));
  } catch (...) {
    return functions(async_trace());
  }
  return {};
}

TEST(AsyncTrace, GoesOnThroughCombinatorsFuturesAndLoops) {
  using names = std::vector<std::string>;
  EXPECT_EQ(chain_of(gathers()), (names{"trace_leaf", "gathers"}));
  EXPECT_EQ(chain_of(races()), (names{"trace_leaf", "races"}));
  EXPECT_EQ(chain_of(limits()), (names{"trace_leaf", "limits"}));
  EXPECT_EQ(chain_of(spawns()), (names{"trace_leaf", "spawns"}));
  EXPECT_EQ(chain_of(elsewhere()), (names{"trace_leaf", "elsewhere"}));
  EXPECT_EQ(chain_of(reads()), (names{"trace_leaf", "counts", "reads"}));
}

TEST(AsyncTrace, IsOfThisExceptionAlone) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(chain_of(trace_three()).size(), 3U);
  EXPECT_TRUE(async_trace(nullptr).empty());
  EXPECT_TRUE(async_trace(std::make_exception_ptr(7)).empty());
}

task<> throws_counted(int* alive) {
  throw counted(alive);
  co_return;
}
task<> throws_a_number() {
  throw 7;
  co_return;
}
TEST(AsyncTrace, TheExceptionIsDestroyedAsEver) {
  int alive = 0;
  auto f = [](int* n) -> task<> { co_await throws_counted(n); };
  try {
    run(f(&alive));
  } catch (const counted&) {
    EXPECT_EQ(async_trace().size(), 2U);
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
  try {
    run(throws_a_number());
  } catch (int) {
    EXPECT_EQ(async_trace().size(), 1U);
  }
}

task<> nested(int depth) {
  if (depth == 0) throw std::runtime_error("deep");
  co_await nested(depth - 1);
}
TEST(AsyncTrace, KeepsTheInnermostOfALongChain) {
  const auto chain = chain_of(nested(1000));
  EXPECT_EQ(chain.size(), 32U);
}

TEST(AsyncTrace, CancellationHasNone) {
  auto f = []() -> task<> {
    auto sleeper = spawn(sleep_forever());
    co_await yield();
    sleeper.cancel();
    try {
      co_await std::move(sleeper);
    } catch (const future_cancelled&) {
      EXPECT_TRUE(async_trace().empty());
    }
  };
  run(f());
}

std::vector<std::string>* unawaited = nullptr;
class Unawaited : public testing::Test {
 protected:
  void SetUp() override {
    unawaited = &names;
    former = detail::set_unawaited_handler([](const std::source_location& at) noexcept {
      unawaited->push_back(detail::function_of(at));
    });
  }
  void TearDown() override {
    detail::set_unawaited_handler(former);
    detail::unawaited_is_reported.store(false, sys::relaxed);
  }
  std::vector<std::string> names;
  detail::unawaited_handler former = nullptr;
};

task<> forgets() {
  auto a = idle();
  auto b = timeout(std::chrono::seconds(1), trace_leaf());
  co_return;
}
TEST_F(Unawaited, IsNamedInDebugMode) {
  run(forgets());
  EXPECT_TRUE(names.empty()) << "and only there";
  run(forgets(), {.debug = true});
  ASSERT_EQ(names.size(), 1U);
  EXPECT_NE(names[0].find("idle"), std::string::npos) << names[0];
}

TEST_F(Unawaited, CancelledBeforeItBeganIsNoMistake) {
  auto passes_on = [](task<> inner) -> task<> { co_await std::move(inner); };
  auto f = [](auto outer) -> task<> {
    auto never = spawn(outer(idle()));
    never.cancel();
    try {
      auto dropped = idle();
      throw std::runtime_error("between");
    } catch (const std::runtime_error&) {
    }
    co_return;
  };
  run(f(passes_on), {.debug = true});
  EXPECT_TRUE(names.empty());
}

}  // namespace
}  // namespace tutti
