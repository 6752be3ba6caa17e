#include <tutti/core/future.hpp>

#include <memory>
#include <stdexcept>
#include <string>

#include <tutti/core/gather.hpp>
#include <tutti/core/hook.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/sys/thread.hpp>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using namespace tutti;

TEST(Promise, SetThenGet) {
  promise<std::unique_ptr<int>> p;
  auto f = p.get_future();
  EXPECT_TRUE(f.valid());
  EXPECT_FALSE(f.done());
  EXPECT_FALSE(f.try_get());
  EXPECT_FALSE(f.try_get_for(-1s));
  p.set_value(std::make_unique<int>(3));
  EXPECT_TRUE(f.done());
  EXPECT_EQ(*f.get(), 3);
  EXPECT_FALSE(f.valid());
  EXPECT_THROW(f.get(), error) << "an empty future says so";
}

TEST(Promise, WakesAThreadThatWaits) {
  promise<int> p;
  auto f = p.get_future();
  sys::thread setter("setter", [&] { p.set_value(4); });
  EXPECT_EQ(f.get(), 4);
}

TEST(Promise, DestroyedUnsetIsBroken) {
  future<int> f;
  {
    promise<int> p;
    f = p.get_future();
  }
  EXPECT_THROW(f.get(), broken_promise);
}

TEST(Promise, SetTwiceAndTakenTwiceThrow) {
  promise<void> p;
  auto f = p.get_future();
  EXPECT_THROW((void)p.get_future(), error);
  p.set_value();
  EXPECT_THROW(p.set_value(), error);
  EXPECT_THROW(p.set_exception(std::runtime_error("x")), error);
  f.get();
}

TEST(Promise, CancellingItsFutureTellsTheSetter) {
  promise<int> p;
  auto f = p.get_future();
  int told = 0;
  p.on_cancel([&] { ++told; });
  EXPECT_FALSE(p.cancel_requested());
  EXPECT_TRUE(f.cancel());
  EXPECT_TRUE(f.cancel());
  EXPECT_EQ(told, 1);
  EXPECT_TRUE(p.cancel_requested());
  EXPECT_FALSE(f.done()) << "only the setter completes it";
  p.set_value(1);
  EXPECT_EQ(f.get(), 1) << "completion beats cancellation";
}

TEST(Promise, CancelledAndGivenUpIsCancelled) {
  future<int> f;
  {
    promise<int> p;
    f = p.get_future();
    EXPECT_TRUE(f.cancel());
    int late = 0;
    p.on_cancel([&] { ++late; });
    EXPECT_EQ(late, 1) << "asked before it listened";
  }
  EXPECT_TRUE(f.was_cancelled());
  EXPECT_THROW(f.get(), future_cancelled);
}

TEST(Future, OnDoneSeesTheResultFirstAndOnce) {
  promise<std::string> p;
  auto f = p.get_future();
  std::vector<std::string> seen;
  f.on_done([&](const outcome<std::string>& o) { seen.push_back("a" + o.value()); });
  f.on_done([&](const outcome<std::string>& o) { seen.push_back("b" + o.value()); });
  p.set_value("x");
  f.on_done([&](const outcome<std::string>& o) { seen.push_back("c" + o.value()); });
  EXPECT_EQ(seen, (std::vector<std::string>{"ax", "bx", "cx"}));
  EXPECT_EQ(f.get(), "x");
}

TEST(Future, SharedIsReadByAll) {
  promise<std::string> p;
  shared_future<std::string> s = p.get_future().share();
  const shared_future<std::string> t = s;
  p.set_value("both");
  EXPECT_EQ(s.get(), "both");
  EXPECT_EQ(&s.get(), &t.get());
}

TEST(Future, ExceptionLeavesTheResultInPlace) {
  promise<int> p;
  auto f = p.get_future();
  p.set_exception(std::out_of_range("no"));
  EXPECT_NE(f.exception(), nullptr);
  EXPECT_THROW(f.get(), std::out_of_range);
}

task<int> value(int x) {
  co_await yield();
  co_return x;
}
task<> forever() { co_await tutti::sleep(duration::max()); }

TEST(Future, AwaitedOnALoop) {
  auto f = []() -> task<int> {
    auto a = spawn(value(1));
    auto b = spawn(value(2));
    co_await yield();
    co_await yield();
    EXPECT_TRUE(a.done());
    co_return co_await std::move(a) + co_await std::move(b);
  };
  EXPECT_EQ(run(f()), 3);
}

TEST(Future, GetOnALoopSaysWhatToWrite) {
  auto f = []() -> task<> {
    auto pending = spawn(forever());
    std::string text;
    try {
      pending.get();
    } catch (const blocking_call& e) {
      text = e.what();
    }
    EXPECT_NE(text.find("co_await std::move(f)"), std::string::npos) << text;
    auto ready = spawn(value(1));
    co_await yield();
    co_await yield();
    EXPECT_EQ(ready.get(), 1) << "no wait, no refusal";
  };
  run(f());
}

TEST(Future, ACancelledAwaitCancelsTheWorkAndWaits) {
  auto f = []() -> task<> {
    bool cleaned = false;
    auto work = [](bool& flag) -> task<> {
      try {
        co_await forever();
      } catch (const cancelled&) {
        flag = true;
        throw;
      }
    };
    auto pending = spawn(work(cleaned));
    co_await yield();
    EXPECT_FALSE(co_await move_on_after(0s, std::move(pending)));
    EXPECT_TRUE(cleaned);
  };
  run(f());
}

TEST(Future, ShieldedAwaitLeavesTheWorkAlone) {
  auto f = []() -> task<> {
    auto s = spawn(value(6)).share();
    auto waits = [](shared_future<int> shared) -> task<int> { co_return co_await shared; };
    cancel_scope scope;
    scope.cancel();
    EXPECT_FALSE(co_await scope.run(waits(s)));
    EXPECT_EQ(co_await s, 6);
  };
  run(f());
}

TEST(Future, CancelBeforeStartNeverRunsIt) {
  auto f = []() -> task<> {
    bool ran = false;
    auto work = [](bool& flag) -> task<> {
      flag = true;
      co_return;
    };
    auto pending = spawn(work(ran));
    EXPECT_TRUE(pending.cancel());
    EXPECT_TRUE(pending.done()) << "it ends at once";
    EXPECT_TRUE(pending.was_cancelled());
    co_await yield();
    EXPECT_FALSE(ran);
  };
  run(f());
}

std::vector<std::string>* reports = nullptr;
void collect(std::string_view name, const std::exception_ptr& error) noexcept {
  reports->push_back(std::string(name) + "|" + detail::describe(error));
}

class Unobserved : public testing::Test {
 protected:
  void SetUp() override {
    reports = &seen;
    before = detail::set_unobserved_handler(&collect);
  }
  void TearDown() override { detail::set_unobserved_handler(before); }
  std::vector<std::string> seen;
  detail::unobserved_handler before = nullptr;
};

task<> fails() {
  throw std::runtime_error("lost");
  co_return;
}

TEST_F(Unobserved, ADroppedErrorIsReportedOnceWithTheName) {
  auto f = []() -> task<> {
    spawn(fails(), {.name = "careless"});
    co_await yield();
  };
  run(f());
  EXPECT_EQ(seen, std::vector<std::string>{"careless|std::runtime_error: lost"});
}

TEST_F(Unobserved, AReadErrorAndACancellationAreNot) {
  auto f = []() -> task<> {
    auto read = spawn(fails());
    try {
      co_await std::move(read);
    } catch (const std::runtime_error&) {
    }
    auto looked = spawn(fails());
    co_await yield();
    EXPECT_NE(looked.exception(), nullptr);
    spawn(forever());  // cancelled when the run ends
    co_await yield();
  };
  run(f());
  EXPECT_TRUE(seen.empty());
}

TEST_F(Unobserved, FurtherFailuresOfAGatherAreReported) {
  auto slow_fail = []() -> task<> {
    try {
      co_await forever();
    } catch (const cancelled&) {
    }
    throw std::logic_error("second");
  };
  auto f = [](auto second) -> task<> {
    bool first = false;
    try {
      co_await gather(second(), fails());
    } catch (const std::runtime_error&) {
      first = true;
    }
    EXPECT_TRUE(first);
  };
  run(f(slow_fail));
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_NE(seen[0].find("second"), std::string::npos);
}

}  // namespace
