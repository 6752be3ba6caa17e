#include <tutti/observe/hook.hpp>

#include <stdexcept>

#include <gtest/gtest.h>

#include <tutti/core/gather.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/runtime/run.hpp>

namespace {

using namespace tutti;

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

}  // namespace
