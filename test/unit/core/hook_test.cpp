#include <tutti/core/hook.hpp>

#include <string>

#include <gtest/gtest.h>

#include <tutti/core/gather.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/runtime/run.hpp>

namespace {

using namespace tutti;

struct recorder final : detail::hook {
  explicit recorder(std::string& l, char m) : log(l), mark(m) { detail::add_hook(*this); }
  ~recorder() override { detail::remove_hook(*this); }
  void task_created(detail::task_cell&) noexcept override { log += mark; }
  void task_finished(detail::task_cell&, std::exception_ptr) noexcept override {
    log += static_cast<char>(mark - 'a' + 'A');
  }
  std::string& log;
  char mark;
};

task<> nothing() { co_await yield(); }

TEST(CoreHook, EveryListenerHearsEveryTaskUntilItIsTakenAway) {
  std::string log_a;
  std::string log_b;
  {
    const recorder a(log_a, 'a');
    {
      const recorder b(log_b, 'b');
      run(nothing());
    }
    run(nothing());
  }
  run(nothing());
  EXPECT_EQ(log_a, "aAaA");
  EXPECT_EQ(log_b, "bB");
  EXPECT_EQ(detail::hooks_attached.load(sys::relaxed), 0U);
}

std::string told;

TEST(CoreHook, HandlersAreReplacedAndGivenBack) {
  const auto former = detail::set_unobserved_handler(
      [](std::string_view name, const std::exception_ptr&) noexcept { told = name; });
  detail::report_unobserved("lost", nullptr);
  EXPECT_EQ(told, "lost");
  EXPECT_NE(detail::set_unobserved_handler(former), nullptr);
  const auto slow =
      detail::set_slow_handler([](const detail::slow_report& r) noexcept { told = r.name; });
  detail::report_slow({1, "slow", {}, duration(1)});
  EXPECT_EQ(told, "slow");
  detail::set_slow_handler(slow);
}

}  // namespace
