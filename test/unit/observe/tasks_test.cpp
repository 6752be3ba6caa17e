#include <tutti/observe/tasks.hpp>

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <tutti/observe/hook.hpp>
#include <tutti/observe/trace.hpp>
#include <tutti/tutti.hpp>

#include <gtest/gtest.h>

namespace {

using namespace tutti;

task<> forever() { co_await tutti::sleep(duration::max()); }

TEST(Tasks, ShowsParkedTasksWithNamePlaceAndWait) {
  auto f = []() -> task<> {
    auto waiting = spawn(forever(), {.name = "waiting"});
    auto never_ran = spawn(forever(), {.name = "second"});
    co_await yield();
    bool found = false;
    for (const observe::task_info& t : observe::tasks()) {
      if (t.name != "waiting") continue;
      found = true;
      EXPECT_EQ(t.state, observe::task_state::parked);
      EXPECT_EQ(t.waits_at, "sleep");
      EXPECT_FALSE(t.awaited_by.has_value());
      EXPECT_NE(t.created_at.find("tasks_test.cpp:"), std::string::npos) << t.created_at;
    }
    EXPECT_TRUE(found);
    std::ostringstream numbers;
    observe::metrics(numbers);
    EXPECT_NE(numbers.str().find("tutti_tasks{state=\"parked\"} 2"), std::string::npos)
        << numbers.str();
  };
  run(f());
  EXPECT_TRUE(observe::tasks().empty()) << "ended tasks are gone";
}

TEST(Dump, DrawsTheAwaitTree) {
  auto child = []() -> task<> {
    this_task::set_name("child");
    co_await forever();
  };
  auto parent = [](auto make) -> task<> {
    this_task::set_name("parent");
    co_await gather(make(), make());
  };
  auto f = [](auto p, auto c) -> task<> {
    auto running = spawn(p(c));
    for (int i = 0; i < 5; ++i) co_await yield();
    std::ostringstream tree;
    observe::dump(tree);
    EXPECT_NE(tree.str().find("\n  child #"), std::string::npos) << tree.str();
    EXPECT_NE(tree.str().find("waits in gather"), std::string::npos) << tree.str();
  };
  run(f(parent, child));
}

task<> third_level() { co_await forever(); }
task<> second_level() { co_await third_level(); }
task<> first_level() { co_await second_level(); }
task<> awaits_it() { co_await gather(first_level()); }

TEST(Dump, NamesTheCoroutinesInWhichATaskWaits) {
  auto f = []() -> task<> {
    auto running = spawn(awaits_it(), {.name = "the one who awaits"});
    for (int i = 0; i < 5; ++i) co_await yield();
    for (const observe::task_info& t : observe::tasks()) {
      if (t.waits_at != "sleep") continue;
      EXPECT_EQ(t.frames.size(), 4U);
      EXPECT_NE(t.frames.at(0).find("forever ("), std::string::npos) << t.frames.at(0);
      EXPECT_NE(t.frames.at(3).find("first_level ("), std::string::npos) << t.frames.at(3);
    }
    std::ostringstream tree;
    observe::dump(tree);
    const std::string text = tree.str();
    const auto awaiter = text.find("the one who awaits #");
    const auto deepest = text.find("\n    in ", awaiter);
    EXPECT_LT(awaiter, text.find("awaits_it (", awaiter)) << text;
    EXPECT_LT(text.find("forever (", deepest), text.find("first_level (", deepest)) << text;
  };
  run(f());
}

task<> fails() {
  throw std::runtime_error("x");
  co_return;
}

std::string heard;
std::string started_at;

TEST(UnobservedError, GoesToTheHandler) {
  observe::on_unobserved_error([](const observe::task_info& t, std::exception_ptr e) {
    heard = t.name + (e ? "!" : "?");
    started_at = t.created_at;
  });
  auto f = []() -> task<> {
    spawn(fails(), {.name = "lost"});
    co_await yield();
  };
  run(f());
  observe::on_unobserved_error(nullptr);
  EXPECT_EQ(heard, "lost!");
  EXPECT_NE(started_at.find("tasks_test.cpp:"), std::string::npos) << started_at;
}

TEST(UnobservedError, GoesToAHandlerThatRemembers) {
  auto seen = std::make_shared<std::vector<std::string>>();
  observe::on_unobserved_error(
      [seen](const observe::task_info& t, std::exception_ptr) { seen->push_back(t.name); });
  auto f = []() -> task<> {
    spawn(fails(), {.name = "first"});
    spawn(fails(), {.name = "second"});
    co_await yield();
  };
  run(f());
  EXPECT_EQ(*seen, (std::vector<std::string>{"first", "second"}));
  observe::on_unobserved_error(nullptr);
  EXPECT_EQ(seen.use_count(), 1) << "the handler was not forgotten";
}

TEST(UnobservedError, OfASubmittedCallIsToldWithoutAPlaceOfOurs) {
  observe::on_unobserved_error([](const observe::task_info& t, std::exception_ptr) {
    heard = t.name;
    started_at = t.created_at;
  });
  {
    thread_pool pool{{.threads = 1}};
    pool.submit([] { throw std::runtime_error("x"); });
  }
  observe::on_unobserved_error(nullptr);
  EXPECT_FALSE(heard.empty());
  EXPECT_EQ(started_at, "");
}

TEST(UnobservedError, ByDefaultALineNamesTheTaskAndItsPlace) {
  auto f = []() -> task<> {
    spawn(fails(), {.name = "lost"});
    co_await yield();
  };
  ::testing::internal::CaptureStderr();
  run(f());
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(said.find("tutti: nobody read the error of \"lost\" (started at "), 0U) << said;
  EXPECT_NE(said.find("tasks_test.cpp:"), std::string::npos) << said;
  EXPECT_NE(said.find("std::runtime_error: x"), std::string::npos) << said;
}

/// Holds its loop until the clock has moved.
task<> holds_the_loop() {
  const time_point start = clock::now();
  while (clock::now() == start) {
  }
  co_return;
}
task<> starts_a_slow_one() { co_await spawn(holds_the_loop(), {.name = "hog"}); }

std::vector<observe::task_info> slow_ones;

TEST(SlowCallback, IsToldWithNameAndPlaceInDebugMode) {
  slow_ones.clear();
  observe::on_slow_callback([](const observe::task_info& t, duration took) {
    if (took > duration::zero()) slow_ones.push_back(t);
  });
  run(starts_a_slow_one(), {.slow_callback = duration::zero()});
  EXPECT_TRUE(slow_ones.empty()) << "only in debug mode";
  run(starts_a_slow_one(), {.debug = true, .slow_callback = duration::zero()});
  observe::on_slow_callback(nullptr);
  bool found = false;
  for (const observe::task_info& t : slow_ones) {
    found |= t.name == "hog" && t.created_at.find("tasks_test.cpp:") != std::string::npos;
  }
  EXPECT_TRUE(found);
}

TEST(SlowCallback, ByDefaultALineSaysWhatToDo) {
  ::testing::internal::CaptureStderr();
  run(starts_a_slow_one(), {.debug = true, .slow_callback = duration::zero()});
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("task \"hog\" ran"), std::string::npos) << said;
  EXPECT_NE(said.find("to_thread"), std::string::npos) << said;
}

}  // namespace
