#include <tutti/observe/log_exceptions.hpp>

#include <gtest/gtest.h>

#include <sstream>
#include <stdexcept>
#include <string>

#include <tutti/tutti.hpp>

namespace tutti {
namespace {

task<int> refuses() {
  co_await yield();
  throw std::out_of_range("no such key");
}
task<> forever() { co_await sleep(duration::max()); }

TEST(LogExceptions, WritesTypeTextNameAndTraceAndThrowsOn) {
  std::ostringstream log;
  auto f = [](std::ostream& out) -> task<> {
    auto failing = spawn(observe::log_exceptions(out, refuses()), {.name = "reader"});
    bool thrown = false;
    try {
      co_await std::move(failing);
    } catch (const std::out_of_range&) {
      thrown = true;
    }
    EXPECT_TRUE(thrown);
  };
  run(f(log));
  const std::string text = log.str();
  EXPECT_EQ(text.find("task \"reader\": std::out_of_range: no such key\n    in "), 0U) << text;
  EXPECT_NE(text.find("refuses ("), std::string::npos) << text;
}

TEST(LogExceptions, CancellationIsNoError) {
  std::ostringstream log;
  auto f = [](std::ostream& out) -> task<> {
    co_await move_on_after(std::chrono::milliseconds(1), observe::log_exceptions(out, forever()));
  };
  run(f(log));
  EXPECT_EQ(log.str(), "");
}

}  // namespace
}  // namespace tutti
