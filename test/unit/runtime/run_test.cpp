#include <tutti/runtime/run.hpp>

#include <cerrno>
#include <csignal>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>

#include <gtest/gtest.h>

#include <tutti/core/gather.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>
#include <tutti/core/this_task.hpp>
#include <tutti/testing/fault.hpp>

namespace {

using namespace tutti;

task<int> value(int x) {
  co_await yield();
  co_return x;
}
task<std::string> name_of_main() { co_return this_task::name(); }

TEST(Run, GivesTheValueOrThrowsTheError) {
  EXPECT_EQ(run(value(3)), 3);
  auto fails = []() -> task<> {
    co_await yield();
    throw std::out_of_range("x");
  };
  EXPECT_THROW(run(fails()), std::out_of_range);
  auto moved = []() -> task<std::unique_ptr<int>> { co_return std::make_unique<int>(7); };
  EXPECT_EQ(*run(moved()), 7);
}

TEST(Run, MainHasTheNameItWasGiven) { EXPECT_EQ(run(name_of_main(), {.name = "start"}), "start"); }

TEST(Run, InsideARunItSaysWhatToWrite) {
  auto f = []() -> task<std::string> {
    try {
      run(value(1));
    } catch (const error& e) {
      co_return e.what();
    }
    co_return "";
  };
  EXPECT_NE(run(f()).find("await"), std::string::npos);
}

TEST(Run, EveryBackendRunsTheSameTask) {
  EXPECT_EQ(run(value(1), {.backend = io_backend::epoll}), 1);
  EXPECT_EQ(run(value(2), {.backend = io_backend::automatic}), 2);
}

TEST(Run, SeveralLoopsShareTheSpawnedTasks) {
  auto f = []() -> task<std::size_t> {
    std::vector<future<std::uint64_t>> all;
    auto where = []() -> task<std::uint64_t> {
      co_await yield();
      co_return reinterpret_cast<std::uintptr_t>(&sys::this_parker());
    };
    for (int i = 0; i < 8; ++i) all.push_back(spawn(where()));
    std::set<std::uint64_t> threads;
    for (auto& each : all) threads.insert(co_await std::move(each));
    co_return threads.size();
  };
  EXPECT_EQ(run(f(), {.loops = 2}), 2U);
}

TEST(Run, TheFirstInterruptCancelsMain) {
  bool cleaned_up = false;
  auto f = [](bool& flag) -> task<> {
    std::raise(SIGINT);
    try {
      co_await tutti::sleep(duration::max());
    } catch (const cancelled&) {
      flag = true;
      throw;
    }
  };
  EXPECT_THROW(run(f(cleaned_up)), interrupted);
  EXPECT_TRUE(cleaned_up);
}

TEST(Runner, KeepsItsLoopForSeveralRuns) {
  runner r({.name = "kept"});
  EXPECT_EQ(r.run(name_of_main()), "kept");
  EXPECT_EQ(r.run(value(5)), 5);
  auto fails = []() -> task<> {
    throw std::runtime_error("x");
    co_return;
  };
  EXPECT_THROW(r.run(fails()), std::runtime_error);
  EXPECT_EQ(r.run(value(6)), 6) << "an error ends the run, not the runner";
}

TEST(Runner, ARunLeavesNothingToTheNext) {
  runner r;
  bool cut = false;
  const auto background = [](bool& flag) -> task<> {
    try {
      co_await tutti::sleep(duration::max());
    } catch (const cancelled& c) {
      flag = c.reason == cancel_reason::shutdown;
      throw;
    }
  };
  const auto first = [&]() -> task<int> {
    spawn(background(cut));
    co_await yield();
    co_return 1;
  };
  EXPECT_EQ(r.run(first()), 1);
  EXPECT_TRUE(cut) << "what a run started ends with it, not with the runner";
  EXPECT_EQ(r.run(value(2)), 2);
}

TEST(Runner, InsideOfItselfItSaysSo) {
  runner r;
  const auto nested = [&r]() -> task<std::string> {
    try {
      r.run(value(1));
    } catch (const error& e) {
      co_return e.what();
    }
    co_return "";
  };
  EXPECT_NE(r.run(nested()).find("inside a run"), std::string::npos);
  EXPECT_EQ(r.run(value(3)), 3);
}

TEST(Runner, InterruptedItRunsAgain) {
  runner r;
  const auto raises = []() -> task<> {
    std::raise(SIGINT);
    co_await tutti::sleep(duration::max());
  };
  EXPECT_THROW(r.run(raises()), interrupted);
  EXPECT_EQ(r.run(value(4)), 4);
  EXPECT_THROW(r.run(raises()), interrupted) << "each run has a first Ctrl-C of its own";
}

TEST(Run, AnErrorOnTheWayOutOfAnInterruptIsKept) {
  const auto fails_in_clean_up = []() -> task<> {
    std::raise(SIGINT);
    bool asked = false;
    try {
      co_await tutti::sleep(duration::max());
    } catch (const cancelled& c) {
      asked = c.reason == cancel_reason::interrupt;
    }
    if (asked) throw std::out_of_range("while cleaning up");
  };
  EXPECT_THROW(run(fails_in_clean_up()), std::out_of_range);
}

TEST(Run, MainThatFinishesAllTheSameGivesItsValue) {
  const auto stubborn = []() -> task<int> {
    std::raise(SIGINT);
    try {
      co_await tutti::sleep(duration::max());
    } catch (const cancelled&) {
    }
    co_return 7;
  };
  EXPECT_EQ(run(stubborn()), 7);
}

TEST(Run, SignalsLeftAloneAreTheProgramsOwn) {
  const auto raises = []() -> task<> {
    std::raise(SIGINT);
    co_return;
  };
  EXPECT_EXIT(run(raises(), {.handle_sigint = false}), ::testing::KilledBySignal(SIGINT), "");
}

// Symptom: without threads for its loops the runner waited for ever for those it had started.
TEST(Run, WithoutThreadsForItsLoopsItSaysSo) {
  {
    const tutti::testing::fault no_more{"thread.start", 0, EAGAIN};
    EXPECT_THROW(run(value(1), {.loops = 3}), std::system_error);
    EXPECT_EQ(no_more.left(), 0U);
  }
  EXPECT_EQ(run(value(1), {.loops = 3}), 1);
}

}  // namespace
