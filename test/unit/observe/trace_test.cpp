#include <tutti/observe/trace.hpp>

#include <cstdio>
#include <string>
#include <system_error>

#include <gtest/gtest.h>

#include <tutti/base/error.hpp>
#include <tutti/core/gather.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/runtime/run.hpp>

namespace {

using namespace tutti;

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
