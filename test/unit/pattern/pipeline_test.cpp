#include <tutti/pattern/pipeline.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <numeric>
#include <ranges>
#include <set>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

#include <tutti/testing/explore.hpp>
#include <tutti/testing/run_virtual.hpp>
#include <tutti/tutti.hpp>

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

int square(int x) { return x * x; }
task<int> slow_first(int x) {
  co_await sleep((10 - x) * 1ms);  // the first is the slowest
  co_return x;
}
std::vector<int> upto(int n) {
  std::vector<int> v(static_cast<std::size_t>(n));
  std::iota(v.begin(), v.end(), 0);
  return v;
}

task<> keeps_order() {
  std::vector<int> out;
  const time_point start = clock::now();
  auto p = from(std::views::iota(0, 10)) | stage("slow", 10, slow_first) | into(out);
  static_assert(std::is_same_v<decltype(p), pipeline>);
  co_await std::move(p);
  EXPECT_EQ(out, upto(10));
  EXPECT_EQ(clock::now() - start, 10ms);
}
TEST(Pipeline, KeepsTheOrderWhoeverIsFaster) { lab::run_virtual(keeps_order()); }

task<> as_they_come() {
  std::vector<int> out;
  co_await (from(upto(10)) | stage("slow", 10, slow_first, {.ordered = false}) | into(out));
  std::reverse(out.begin(), out.end());
  EXPECT_EQ(out, upto(10));
}
TEST(Pipeline, LetsItemsPassEachOtherWhenTold) { lab::run_virtual(as_they_come()); }

int fourth(int x) { return x * x * x * x; }
task<int> pass(int x) { co_return x; }
task<> stages_everywhere() {
  thread_pool cpu{{.threads = 2}};
  process_pool processes{{.workers = 2}};
  event_loop loop;
  std::vector<std::string> out;
  int offset = 1;
  auto add = [&offset](int x) { return x + offset; };
  auto p = from(upto(50)) | stage("plain", 1, add) | stage("cpu", cpu, square) |
           stage("processes", processes, square) | stage("loop", loop, pass) |
           stage("text", cpu, [](int x) { return std::to_string(x); }) | into(out);
  co_await std::move(p);
  EXPECT_EQ(out.size(), 50U);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(out[static_cast<std::size_t>(i)], std::to_string(fourth(i + 1)));
  }
}
TEST(Pipeline, StagesRunOnLoopsThreadsAndProcesses) { run(stages_everywhere()); }

async_generator<int> three() {
  for (int i = 0; i < 3; ++i) {
    co_await sleep(1s);
    co_yield i;
  }
}
generator<int> three_at_once() {
  for (int i = 0; i < 3; ++i) co_yield i;
}
task<> sources_and_sinks() {
  std::vector<int> a;
  co_await (from(three()) | into(a));
  std::set<int> b;
  co_await (from(three_at_once()) | into(b));
  queue<int> q;
  for (int i = 0; i < 3; ++i) q.put(i);
  q.close();
  queue<int> r;
  co_await (from(q) | into(r));
  EXPECT_EQ(a, upto(3));
  EXPECT_EQ(b.size(), 3U);
  EXPECT_EQ(r.size(), 3U);
  EXPECT_FALSE(r.is_closed());
  const std::vector<int> kept = upto(3);
  int sum = 0;
  co_await (from(kept) | into([&sum](int x) { sum += x; }));
  auto later = [&sum](int x) -> task<> {
    co_await sleep(1s);
    sum += x;
  };
  co_await (from(kept) | into(later));
  EXPECT_EQ(sum, 6);
  EXPECT_EQ(kept.size(), 3U);
}
TEST(Pipeline, ReadsAndWritesWhatHoldsItems) { lab::run_virtual(sources_and_sinks()); }

TEST(Pipeline, ReadsAStream) {
  thread_pool cpu{{.threads = 2}};
  std::vector<int> out;
  run([](thread_pool& pool, std::vector<int>& to) -> task<> {
    co_await (from(pool.imap(square, upto(4))) | into(to));
  }(cpu, out));
  EXPECT_EQ(out, (std::vector<int>{0, 1, 4, 9}));
}

task<> only_moved() {
  using box = std::unique_ptr<int>;
  std::vector<box> in;
  for (int i = 0; i < 3; ++i) in.push_back(std::make_unique<int>(i));
  std::vector<box> out;
  auto more = [](box b) -> task<box> {
    ++*b;
    co_return b;
  };
  co_await (from(std::move(in)) | stage("more", 2, more) | into(out));
  EXPECT_EQ(*out.at(2), 3);
}
TEST(Pipeline, MovesWhatCanOnlyBeMoved) { lab::run_virtual(only_moved()); }

task<int> breaks_at_three(int x) {
  co_await sleep(1ms);
  if (x == 3) throw std::out_of_range("three is too much");
  co_return x;
}
task<> named_error() {
  std::vector<int> out;
  bool seen = false;
  try {
    co_await (from(std::views::iota(0)) | stage("check", 2, breaks_at_three) | into(out));
  } catch (const stage_error& e) {
    EXPECT_EQ(e.stage(), "check");
    EXPECT_STREQ(e.what(), "stage \"check\": three is too much");
    try {
      std::rethrow_if_nested(e);
    } catch (const std::out_of_range&) {
      seen = true;
    }
  }
  EXPECT_TRUE(seen);
  EXPECT_LE(out.size(), 3U);
}
TEST(Pipeline, AFailureNamesItsStageAndEndsTheRest) { lab::run_virtual(named_error()); }

task<std::string> failing_end(bool source) {
  auto broken = []() -> generator<int> {
    co_yield 1;
    throw std::runtime_error("torn");
  };
  try {
    if (source) {
      std::vector<int> out;
      co_await (from(broken()) | into(out));
    } else {
      co_await (from(upto(3)) | into([](int) { throw std::runtime_error("full"); }));
    }
  } catch (const stage_error& e) {
    co_return e.what();
  }
  co_return "";
}
TEST(Pipeline, TheEndsHaveNamesToo) {
  EXPECT_EQ(lab::run_virtual(failing_end(true)), "stage \"source\": torn");
  EXPECT_EQ(lab::run_virtual(failing_end(false)), "stage \"sink\": full");
}

/// How many items are between the two ends.
struct between {
  int in = 0;
  int most = 0;
};
generator<int> counted(between& b, int n) {
  for (int i = 0; i < n; ++i) {
    b.most = std::max(b.most, ++b.in);
    co_yield i;
  }
}
task<> bounded() {
  between b;
  auto slow_sink = [&b](int) -> task<> {
    co_await sleep(1ms);
    --b.in;
  };
  auto pass = [](int x) -> task<int> { co_return x; };
  co_await (from(counted(b, 1000)) | stage("a", 2, pass, {.buffer = 1}) |
            stage("b", 2, pass, {.buffer = 1, .ordered = false}) | into(slow_sink));
  EXPECT_EQ(b.in, 0);
  EXPECT_LE(b.most, 16 + 2 * (4 + 1) + 3);
}
TEST(Pipeline, BuffersAreBounded) { lab::run_virtual(bounded()); }

task<> progress_is_told() {
  std::vector<std::size_t> done;
  bool finished = false;
  std::vector<std::string> names;
  std::vector<int> out;
  auto p = from(upto(5)) | stage("fetch", 2, breaks_at_three) | into(out);
  p = from(upto(3)) | stage("fetch", 2, breaks_at_three) | into(out);
  p.on_progress([&](const pipeline_progress& told) {
    done.push_back(told.done());
    finished = told.finished;
    names.clear();
    for (const stage_progress& s : told.stages) names.emplace_back(s.name);
    EXPECT_GE(told.stages[0].taken, told.stages[1].done);
  });
  co_await std::move(p);
  EXPECT_EQ(done, (std::vector<std::size_t>{1, 2, 3, 3}));
  EXPECT_TRUE(finished);
  EXPECT_EQ(names, (std::vector<std::string>{"source", "fetch", "sink"}));
}
TEST(Pipeline, TellsHowFarItIs) { lab::run_virtual(progress_is_told()); }

task<> cancelled_half_way() {
  std::vector<int> out;
  auto p = from(std::views::iota(0)) |
           stage("slow", 1,
                 [](int x) -> task<int> {
                   co_await sleep(1s);
                   co_return x;
                 }) |
           into(out);
  EXPECT_FALSE(co_await move_on_after(3500ms, std::move(p)));
  EXPECT_EQ(out, upto(3));
}
TEST(Pipeline, CancellingLeavesWhatIsInTheSink) { lab::run_virtual(cancelled_half_way()); }

TEST(Pipeline, RefusesToRunTwiceOrOnNothing) {
  EXPECT_THROW((void)stage("none", 0, square), std::invalid_argument);
  EXPECT_THROW(run([]() -> task<> {
                 std::vector<int> out;
                 auto p = from(upto(1)) | into(out);
                 co_await std::move(p);
                 co_await std::move(p);
               }()),
               error);
}

task<> on_a_pool(thread_pool& pool, bool ordered) {
  std::vector<int> out;
  auto p = from(upto(3)) | stage("a", 2, square, {.buffer = 1, .ordered = ordered}) |
           stage("b", pool, square, {.buffer = 1}) | into(out);
  co_await on(pool, std::move(p));
  if (!ordered) std::sort(out.begin(), out.end());
  lab::check(out == std::vector<int>{0, 1, 16});
}
TEST(Pipeline, RunsInParallelOnAPoolInAnySchedule) {
  for (const bool ordered : {true, false}) {
    lab::explore({.schedules = 150}, [ordered] {
      thread_pool pool{{.threads = 2}};
      run(on_a_pool(pool, ordered));
    });
  }
}

TEST(Pipeline, CancelledWaitsForTheCallsThatRunInAPool) {
  thread_pool pool{{.threads = 1}};
  auto main = [](thread_pool& p) -> task<> {
    event begun, go;
    bool ended = false;
    auto busy = [&](int x) {
      begun.set();
      while (!go.is_set()) {  // a wait would be cut short by the cancellation
      }
      ended = true;
      return x;
    };
    std::vector<int> out;
    auto whole = from(upto(1)) | stage("busy", p, busy) | into(out);
    auto work = spawn(std::move(whole));
    co_await begun.async_wait();
    work.cancel();
    for (int i = 0; i < 5; ++i) co_await yield();
    EXPECT_FALSE(work.done()) << "the call still uses what the pipeline holds";
    go.set();
    try {
      co_await std::move(work);
    } catch (const error&) {  // the future's own: its work was cancelled
    }
    EXPECT_TRUE(ended);
  };
  run(main(pool));
}

}  // namespace
}  // namespace tutti
