#include <tutti/observe/tasks.hpp>

#include <sstream>

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

struct counting : observe::hook {
  int created = 0;
  int finished = 0;
  int failed = 0;
  void task_created(const observe::task_info&) override { ++created; }
  void task_finished(const observe::task_info&, std::exception_ptr e) override {
    ++finished;
    failed += e ? 1 : 0;
  }
};

task<> fails() {
  throw std::runtime_error("x");
  co_return;
}

TEST(Hook, HearsBeginningsAndEnds) {
  counting hook;
  auto f = []() -> task<> {
    auto o = co_await gather_settled(yield(), fails());
    EXPECT_FALSE(std::get<1>(o));
  };
  {
    const auto attached = observe::attach(hook);
    run(f());
  }
  EXPECT_EQ(hook.created, 3) << "main and two children";
  EXPECT_EQ(hook.finished, 3);
  EXPECT_EQ(hook.failed, 1);
  run(f());
  EXPECT_EQ(hook.created, 3) << "detached";
}

std::string heard;

TEST(UnobservedError, GoesToTheHandler) {
  observe::on_unobserved_error(
      [](const observe::task_info& t, std::exception_ptr e) { heard = t.name + (e ? "!" : "?"); });
  auto f = []() -> task<> {
    spawn(fails(), {.name = "lost"});
    co_await yield();
  };
  run(f());
  observe::on_unobserved_error(nullptr);
  EXPECT_EQ(heard, "lost!");
}

TEST(Trace, WritesEventsThatBalance) {
  const std::string path = testing::TempDir() + "tutti-observe-test.json";
  observe::start_trace(path);
  EXPECT_THROW(observe::start_trace(path), error);
  auto f = []() -> task<> { co_await gather(yield(), yield()); };
  run(f());
  observe::stop_trace();
  observe::stop_trace();
  std::FILE* file = std::fopen(path.c_str(), "r");
  ASSERT_NE(file, nullptr);
  std::string text(100'000, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  std::remove(path.c_str());
  int begins = 0;
  int ends = 0;
  for (std::size_t at = 0; (at = text.find("\"ph\":\"", at)) != std::string::npos; at += 6) {
    (text[at + 6] == 'b' ? begins : ends) += 1;
  }
  EXPECT_EQ(begins, 3);
  EXPECT_EQ(ends, 3);
}

TEST(Trace, ATargetThatCannotBeWrittenSaysSo) {
  observe::start_trace("/nowhere/trace.json");
  EXPECT_THROW(observe::stop_trace(), std::system_error);
}

}  // namespace
