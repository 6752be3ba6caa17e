#include <tutti/pattern/task_graph.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <tutti/testing/explore.hpp>
#include <tutti/testing/run_virtual.hpp>
#include <tutti/tutti.hpp>

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

task<int> fetch(int x) { co_return x + 1; }

TEST(TaskGraph, PassesResultsAlong) {
  thread_pool pool{{.threads = 2}};
  task_graph g;
  auto a = g.add([] { return 2; });
  auto b = g.add(fetch, 2);
  auto c = g.add([](int x, int y, int z) { return x + y + z; }, a, b, 10);
  auto d = g.add([](const int& x, const std::string& s) { return s + std::to_string(x); }, c, "=");
  EXPECT_THROW((void)c.value(), error);
  g.run(pool);
  EXPECT_EQ(c.value(), 15);
  EXPECT_EQ(d.value(), "=15");
  g.run(pool);  // again, everything anew
  EXPECT_EQ(d.value(), "=15");
  EXPECT_EQ(g.size(), 4U);
}

TEST(TaskGraph, PassesWhatCanOnlyBeMovedByReference) {
  thread_pool pool{{.threads = 2}};
  task_graph g;
  auto a = g.add([] { return std::make_unique<int>(6); });
  auto b = g.add([](const std::unique_ptr<int>& p) { return *p * 7; }, a);
  g.run(pool);
  EXPECT_EQ(b.value(), 42);
  EXPECT_EQ(*a.value(), 6);
}

/// Notes what runs when.
struct log_book {
  std::vector<std::string> lines;
  time_point start = clock::now();
  void note(const std::string& what) {
    const auto s = std::chrono::duration_cast<std::chrono::seconds>(clock::now() - start).count();
    lines.push_back(std::to_string(s) + what);
  }
};
task<> step(log_book& book, std::string name, duration d) {
  book.note("+" + name);
  co_await sleep(d);
  book.note("-" + name);
}

task<> diamond() {
  event_loop loop;
  log_book book;
  task_graph g;
  auto a = g.add(step, std::ref(book), "A", 1s).named("A");
  auto b = g.add([&book] { return step(book, "B", 2s); }, a).named("B");
  auto c = g.add([&book] { return step(book, "C", 3s); }, a).named("C");
  auto d = g.add([&book] { return step(book, "D", 1s); }, b, c).named("D");
  co_await g.async_run(loop);
  EXPECT_EQ(book.lines,
            (std::vector<std::string>{"0+A", "1-A", "1+B", "1+C", "3-B", "4-C", "4+D", "5-D"}));
  const critical_path path = g.critical_path();
  EXPECT_EQ(path.names, (std::vector<std::string>{"A", "C", "D"}));
  EXPECT_EQ(path.took, 5s);
  (void)d;
}
TEST(TaskGraph, ADiamondRunsItsSidesAtOnceAndItsEndAfterBoth) { lab::run_virtual(diamond()); }

TEST(TaskGraph, DrawsItself) {
  task_graph g;
  auto a = g.add([] { return 1; }).named("load \"a\"");
  auto b = g.add([](int) {}, a);
  g.add([] {}).after(b).after(a);
  EXPECT_EQ(g.dot(),
            "digraph {\n"
            "  n0 [label=\"load \\\"a\\\"\"];\n"
            "  n1 [label=\"call 2\"];\n"
            "  n2 [label=\"call 3\"];\n"
            "  n0 -> n1;\n"
            "  n1 -> n2;\n"
            "  n0 -> n2;\n"
            "}\n");
  EXPECT_EQ(g.mermaid(),
            "graph TD\n"
            "  n0[\"load #quot;a#quot;\"]\n"
            "  n1[\"call 2\"]\n"
            "  n2[\"call 3\"]\n"
            "  n0 --> n1\n"
            "  n1 --> n2\n"
            "  n0 --> n2\n");
  EXPECT_TRUE(task_graph().critical_path().names.empty());
}

TEST(TaskGraph, RefusesACycleAndNamesIt) {
  thread_pool pool{{.threads = 1}};
  task_graph g;
  auto a = g.add([] {}).named("a");
  auto b = g.add([] {}, a).named("b");
  auto c = g.add([] {}, b).named("c");
  a.after(c);
  try {
    g.run(pool);
    FAIL();
  } catch (const error& e) {
    EXPECT_STREQ(e.what(),
                 "the calls of this task_graph wait for each other: \"a\" after \"c\" after \"b\" "
                 "after \"a\"");
  }
}

TEST(TaskGraph, RefusesACallOfAnotherGraph) {
  task_graph g;
  task_graph h;
  auto a = g.add([] { return 1; });
  EXPECT_THROW(h.add([](int) {}, a), error);
}

task<> fails() {
  event_loop loop;
  log_book book;
  task_graph g;
  auto slow = g.add(step, std::ref(book), "slow", 1h);
  auto bad = g.add([]() -> task<int> {
    co_await sleep(1s);
    throw std::out_of_range("no such row");
  });
  auto after = g.add([](int x) { return x; }, bad);
  bool threw = false;
  try {
    co_await g.async_run(loop);
  } catch (const std::out_of_range& e) {
    threw = std::string(e.what()) == "no such row";
  }
  EXPECT_TRUE(threw);
  EXPECT_EQ(book.lines, (std::vector<std::string>{"0+slow"}));
  EXPECT_THROW((void)after.value(), error);
}
TEST(TaskGraph, TheFirstFailureEndsItAndIsThrownAsItIs) { lab::run_virtual(fails()); }

task<> cancelled_half_way() {
  event_loop loop;
  log_book book;
  task_graph g;
  auto a = g.add(step, std::ref(book), "a", 1s);
  g.add([&book] { return step(book, "b", 1h); }, a);
  EXPECT_FALSE(co_await move_on_after(10s, g.async_run(loop)));
  EXPECT_EQ(book.lines, (std::vector<std::string>{"0+a", "1-a", "1+b"}));
}
TEST(TaskGraph, CancellingARunEndsItsCalls) { lab::run_virtual(cancelled_half_way()); }

TEST(TaskGraph, EveryCallRunsOnceAfterItsNeedsInAnySchedule) {
  lab::explore({.schedules = 300}, [] {
    thread_pool pool{{.threads = 2}};
    task_graph g;
    auto a = g.add([] { return 1; });
    auto b = g.add([](int x) { return x + 1; }, a);
    auto c = g.add([](int x) { return x * 10; }, a);
    auto d = g.add([](int x, int y) { return x + y; }, b, c);
    g.run(pool);
    lab::check(d.value() == 12);
  });
}

TEST(TaskGraph, CancelledWaitsForTheCallsThatRunInAPool) {
  thread_pool pool{{.threads = 1}};
  auto main = [](thread_pool& p) -> task<> {
    event begun, go;
    bool ended = false;
    auto owner = [&]() -> task<> {
      task_graph g;
      g.add([&] {
        begun.set();
        while (!go.is_set()) {  // a wait would be cut short by the cancellation
        }
        ended = true;
      });
      co_await g.async_run(p);
    };
    auto work = spawn(owner());
    co_await begun.async_wait();
    work.cancel();
    for (int i = 0; i < 5; ++i) co_await yield();
    EXPECT_FALSE(work.done()) << "the call still uses what its graph holds";
    go.set();
    try {
      co_await std::move(work);
    } catch (const error&) {  // the future's own: its work was cancelled
    }
    EXPECT_TRUE(ended);
  };
  run(main(pool));
}

TEST(TaskGraph, ACancelledCallerWaitsForTheCallsThatRun) {
  thread_pool pool{{.threads = 1}};
  thread_pool callers{{.threads = 1}};
  auto main = [](thread_pool& on, thread_pool& p) -> task<> {
    event begun, go, left;
    bool ended = false;
    auto call = [&] {
      task_graph g;
      g.add([&] {
        begun.set();
        while (!go.is_set()) {
        }
        ended = true;
      });
      try {
        g.run(p);
      } catch (const cancelled&) {
      }
      EXPECT_TRUE(ended) << "the call still used the graph";
      left.set();
    };
    auto submit = [&]() -> task<> {
      auto f = on.submit(call);
      co_await std::move(f);
    };
    auto work = spawn(submit());
    co_await begun.async_wait();
    work.cancel();
    for (int i = 0; i < 5; ++i) co_await yield();
    go.set();
    co_await left.async_wait();
    try {
      co_await std::move(work);
    } catch (const error&) {  // the future's own: its work was cancelled
    }
  };
  run(main(callers, pool));
}

}  // namespace
}  // namespace tutti
