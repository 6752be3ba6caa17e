#include <tutti/thread/thread.hpp>

#include <gtest/gtest.h>

#include <string>

#include <tutti/base/error.hpp>
#include <tutti/core/context.hpp>
#include <tutti/core/hook.hpp>
#include <tutti/core/this_task.hpp>

namespace {

std::string unread;  // what the handler was told; written by one thread, read after its join
void note_unread(std::string_view name, const std::exception_ptr& e) noexcept {
  unread = std::string(name) + ": " + tutti::detail::describe(e);
}

TEST(Thread, AnswersForItsName) {
  std::string inside;
  tutti::thread t{"a name longer than the kernel takes",
                  [&] { inside = tutti::this_task::name(); }};
  EXPECT_EQ(t.name(), "a name longer than the kernel takes");
  t.join();
  EXPECT_EQ(inside, "a name longer than the kernel takes");
  EXPECT_FALSE(t.joinable());
}

TEST(Thread, UnnamedIsNumbered) {
  tutti::thread t{[] {}};
  EXPECT_EQ(t.name().substr(0, 7), "thread-");
}

TEST(Thread, CopiesItsArguments) {
  std::string text = "before";
  tutti::promise<void> go;
  auto may_go = go.get_future();
  std::string seen;
  tutti::thread t{[&](const std::string& s) {
                    may_go.wait();
                    seen = s;
                  },
                  text};
  text = "after";
  go.set_value();
  t.join();
  EXPECT_EQ(seen, "before");
}

TEST(Thread, JoinRethrowsWithTheType) {
  tutti::thread t{"failing", [] { throw std::out_of_range("no"); }};
  EXPECT_THROW(t.join(), std::out_of_range);
  EXPECT_FALSE(t.joinable());
}

TEST(Thread, AnErrorNobodyReadGoesToTheHandler) {
  const auto former = tutti::detail::set_unobserved_handler(&note_unread);
  {
    tutti::thread t{"lost", [] { throw std::out_of_range("no"); }};
  }
  tutti::detail::set_unobserved_handler(former);
  EXPECT_EQ(unread, "lost: std::out_of_range: no");
}

TEST(Thread, DestructorRequestsStopAndJoins) {
  bool stopped = false;
  {
    tutti::thread t{"listens",
                    [&](std::stop_token stop, int) {
                      tutti::promise<void> asked;
                      const auto done = asked.get_future().share();
                      std::stop_callback tell(stop, [&] { asked.set_value(); });
                      done.wait();
                      stopped = true;
                    },
                    1};
  }
  EXPECT_TRUE(stopped);
}

TEST(Thread, StopLeavesTheWaitsOfTheBodyAlone) {
  tutti::promise<int> value;
  auto later = value.get_future();
  int got = 0;
  tutti::thread t{[&] { got = later.get(); }};
  EXPECT_TRUE(t.request_stop());
  EXPECT_FALSE(t.request_stop());
  value.set_value(3);
  t.join();
  EXPECT_EQ(got, 3);
}

TEST(Thread, MovesWithItsOwner) {
  tutti::thread a{"moved", [] {}};
  tutti::thread b = std::move(a);
  EXPECT_FALSE(a.joinable());
  EXPECT_EQ(a.name(), "");
  EXPECT_EQ(b.name(), "moved");
  a = std::move(b);
  a.join();
  EXPECT_THROW(a.join(), tutti::error);
}

TEST(Thread, JoiningItselfIsADeadlock) {
  tutti::promise<void> ready;
  auto is_ready = ready.get_future();
  tutti::thread t;
  t = tutti::thread{"self", [&] {
                      is_ready.wait();
                      EXPECT_THROW(t.join(), tutti::deadlock);
                    }};
  ready.set_value();
  t.join();
}

TEST(Thread, HasAContextOfItsOwn) {
  static tutti::context_var<int> level{"level", 1};
  auto restore = level.set(2);
  tutti::thread t{[] {
    EXPECT_EQ(level.get(), 1);
    auto inner = level.set(3);
    EXPECT_EQ(level.get(), 3);
  }};
  t.join();
  EXPECT_EQ(level.get(), 2);
}

}  // namespace
