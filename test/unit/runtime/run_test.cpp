#include <tutti/runtime/run.hpp>

#include <csignal>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include <tutti/core/gather.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>
#include <tutti/core/this_task.hpp>

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

}  // namespace
