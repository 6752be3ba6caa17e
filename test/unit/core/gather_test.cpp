#include <tutti/core/gather.hpp>

#include <memory>
#include <stdexcept>
#include <string>

#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/runtime/run.hpp>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using namespace tutti;

task<int> after(int turns, int x) {
  for (int i = 0; i < turns; ++i) co_await yield();
  co_return x;
}
task<> nothing() { co_return; }
task<> forever() { co_await tutti::sleep(duration::max()); }
task<int> fails(int turns, std::string text) {
  for (int i = 0; i < turns; ++i) co_await yield();
  throw std::runtime_error(text);
}
task<> note_cancel(bool& flag) {
  try {
    co_await forever();
  } catch (const cancelled& c) {
    EXPECT_EQ(c.reason, cancel_reason::sibling_failed);
    flag = true;
    throw;
  }
}

TEST(Gather, ResultsComeInArgumentOrder) {
  auto f = []() -> task<> {
    auto [a, b, c] = co_await gather(after(5, 1), after(0, 2), nothing());
    EXPECT_EQ(a, 1);
    EXPECT_EQ(b, 2);
    static_assert(std::is_same_v<decltype(c), std::monostate>);
    std::vector<task<int>> many;
    for (int i = 0; i < 10; ++i) many.push_back(after(10 - i, i));
    const std::vector<int> got = co_await gather(std::move(many));
    for (int i = 0; i < 10; ++i) EXPECT_EQ(got[static_cast<std::size_t>(i)], i);
    co_await gather();
    co_await gather(std::vector<task<>>{});
  };
  run(f());
}

TEST(Gather, TheFirstFailureCancelsTheRestAndIsRethrown) {
  auto f = []() -> task<> {
    bool cancelled_one = false;
    std::string text;
    try {
      co_await gather(note_cancel(cancelled_one), fails(1, "first"));
    } catch (const std::runtime_error& e) {
      text = e.what();
    }
    EXPECT_EQ(text, "first");
    EXPECT_TRUE(cancelled_one);
    std::vector<task<int>> many;
    many.push_back(after(50, 1));
    many.push_back(fails(0, "in a vector"));
    text.clear();
    try {
      co_await gather(std::move(many));
    } catch (const std::runtime_error& e) {
      text = e.what();
    }
    EXPECT_EQ(text, "in a vector");
    co_await yield();
  };
  run(f());
}

TEST(Gather, CancelledFromOutsideItCancelsAll) {
  auto f = []() -> task<> {
    EXPECT_FALSE(co_await move_on_after(0s, gather(forever(), forever())));
    auto stubborn = [](int x) -> task<int> {
      try {
        co_await forever();
      } catch (const cancelled&) {
      }
      co_return x;
    };
    cancel_scope scope;
    auto cancels = [](cancel_scope& s) -> task<int> {
      co_await yield();  // the others wait by now
      s.cancel();
      co_return 0;
    };
    auto got = co_await scope.run(gather(stubborn(1), stubborn(2), cancels(scope)));
    EXPECT_TRUE(got.has_value()) << "all completed although cancelled";
    if (got) { EXPECT_EQ(std::get<1>(*got), 2); }
  };
  run(f());
}

TEST(Gather, AcceptsFuturesAndForeignAwaitables) {
  auto f = []() -> task<> {
    auto spawned = spawn(after(1, 4));
    std::vector<future<int>> futures;
    futures.push_back(spawn(after(1, 5)));
    futures.push_back(spawn(after(0, 6)));
    const std::vector<int> got = co_await gather(std::move(futures));
    EXPECT_EQ(got[0] + got[1], 11);
    auto both = co_await gather(std::move(spawned), tutti::sleep(0s));
    EXPECT_EQ(std::get<0>(both), 4);
  };
  run(f());
}

TEST(GatherSettled, KeepsEveryOutcomeAndCancelsNobody) {
  auto f = []() -> task<> {
    auto [a, b, c] = co_await gather_settled(after(3, 1), fails(0, "kept"), nothing());
    EXPECT_EQ(*a, 1);
    EXPECT_FALSE(b.has_value());
    EXPECT_TRUE(c.has_value());
    std::vector<task<int>> many;
    many.push_back(fails(1, "x"));
    many.push_back(after(2, 2));
    auto got = co_await gather_settled(std::move(many));
    EXPECT_FALSE(got[0]);
    EXPECT_EQ(got[1].value(), 2);
  };
  run(f());
}

TEST(GatherSettled, AChildCancelledByItselfIsAnErrorOfItsOwn) {
  auto throws_cancelled = []() -> task<> {
    throw cancelled{};
    co_return;
  };
  auto f = [](auto make) -> task<> {
    auto [o] = co_await gather_settled(make());
    EXPECT_THROW(o.value(), future_cancelled);
  };
  run(f(throws_cancelled));
}

TEST(Race, TheFirstToFinishWinsAndTheOthersAreCancelled) {
  auto f = []() -> task<> {
    bool cancelled_one = false;
    auto won = co_await race(note_cancel(cancelled_one), after(2, 7), after(50, 8));
    EXPECT_EQ(won.index(), 1U);
    EXPECT_EQ(std::get<1>(won), 7);
    EXPECT_TRUE(cancelled_one);
    bool failed = false;
    try {
      co_await race(forever(), fails(0, "first to finish"));
    } catch (const std::runtime_error&) {
      failed = true;
    }
    EXPECT_TRUE(failed);
    EXPECT_FALSE(co_await move_on_after(0s, race(forever(), forever())));
  };
  run(f());
}

TEST(Gather, InterleavesOnOneLoop) {
  auto f = []() -> task<> {
    std::string log;
    auto worker = [](std::string& out, char name) -> task<> {
      for (char step = '0'; step < '3'; ++step) {
        out += name;
        out += step;
        co_await yield();
      }
    };
    co_await gather(worker(log, 'a'), worker(log, 'b'));
    EXPECT_EQ(log, "a0b0a1b1a2b2");
  };
  run(f());
}

}  // namespace
