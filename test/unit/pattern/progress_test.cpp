#include <tutti/pattern/progress.hpp>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <tutti/testing/run_virtual.hpp>
#include <tutti/tutti.hpp>

namespace tutti {
namespace {
namespace lab = tutti::testing;

/// A file in memory.
class paper {
 public:
  paper() : file_(open_memstream(&text_, &size_)) {}
  ~paper() {
    std::fclose(file_);
    std::free(text_);
  }
  paper(const paper&) = delete;
  paper& operator=(const paper&) = delete;
  std::FILE* file() { return file_; }
  std::string text() {
    std::fflush(file_);
    return {text_, size_};
  }

 private:
  char* text_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* file_;
};

TEST(Progress, SaysEveryTenthInAFile) {
  paper p;
  {
    progress bar{"load", {.total = 4, .to = p.file()}};
    for (int i = 0; i < 4; ++i) bar.advance();
  }
  EXPECT_EQ(p.text(),
            "load:  25 % (1 of 4)\n"
            "load:  50 % (2 of 4)\n"
            "load:  75 % (3 of 4)\n"
            "load: 100 % (4 of 4)\n");
}

TEST(Progress, ManyStepsGiveTenLines) {
  paper p;
  {
    progress bar{"load", {.total = 1000, .to = p.file()}};
    for (int i = 0; i < 1000; ++i) bar.advance();
  }
  std::size_t lines = 0;
  for (const char c : p.text()) lines += c == '\n' ? 1 : 0;
  EXPECT_EQ(lines, 10U);
}

TEST(Progress, CountsInPowersOfTwoWithoutATotal) {
  paper p;
  {
    progress bar{"seen", {.to = p.file()}};
    for (int i = 0; i < 5; ++i) bar.advance();
    bar.reach(3);  // never goes back
    EXPECT_EQ(bar.done(), 5U);
  }
  EXPECT_EQ(p.text(), "seen: 1\nseen: 2\nseen: 4\nseen: 5\n");
}

TEST(Progress, SaysThatNothingHappened) {
  paper p;
  { progress bar{"load", {.total = 2, .to = p.file()}}; }
  EXPECT_EQ(p.text(), "load:   0 % (0 of 2)\n");
}

task<int> twice(int x) { co_return 2 * x; }
task<> nothing(const std::string&) { co_return; }
task<> watched_tasks(progress& bar) {
  const std::vector<int> in{1, 2, 3};
  const std::vector<int> out = co_await map(in, 2, bar.watch(twice));
  EXPECT_EQ(out, (std::vector<int>{2, 4, 6}));
  EXPECT_EQ(bar.done(), 3U);
  const std::vector<std::string> names{"a", "b"};
  co_await for_each(names, 2, bar.watch(nothing));
  EXPECT_EQ(bar.done(), 5U);
  std::vector<int> sunk;
  auto p = from(in) | stage("twice", 1, twice) | into(sunk);
  p.on_progress(bar.observer());
  co_await std::move(p);
  EXPECT_EQ(bar.done(), 5U);
}
TEST(Progress, WatchesMapForEachAndPipelines) {
  paper p;
  progress bar{"all", {.total = 5, .to = p.file()}};
  lab::run_virtual(watched_tasks(bar));
}

TEST(Progress, WatchesParallelLoops) {
  paper p;
  progress bar{"all", {.total = 1000, .to = p.file()}};
  thread_pool pool{{.threads = 2}};
  parallel_for(pool, 0, 1000, bar.watch([](int) {}));
  EXPECT_EQ(bar.done(), 1000U);
  auto failing = bar.watch([](int x) {
    if (x > 0) throw std::runtime_error("no");
    return x;
  });
  EXPECT_EQ(failing(0), 0);
  EXPECT_THROW(failing(1), std::runtime_error);
  EXPECT_EQ(bar.done(), 1001U);  // what fails is not done
}

}  // namespace
}  // namespace tutti
