#include <tutti/tutti.hpp>
#include <gtest/gtest.h>
#include <string>
using namespace std::chrono_literals;
using namespace tutti;
namespace {
task<int> one() { co_return 1; }
task<std::string> str() { co_await sleep(1ms); co_return "one"; }
task<> nothing() { co_return; }
task<> forever() { co_await sleep(std::chrono::hours(1)); }
task<int> thrower() { co_await yield(); throw std::out_of_range("x"); co_return 0; }
task<int> amain() {
  int x = co_await one();
  auto [a, b, c] = co_await gather(one(), str(), nothing());
  EXPECT_EQ(b, "one");
  auto f = spawn(one());
  x += co_await std::move(f);
  bool t = false;
  try { co_await timeout(2ms, forever()); } catch (const timeout_error& e) { t = true; puts(e.what()); }
  EXPECT_TRUE(t);
  try { (void)co_await gather(thrower(), forever()); ADD_FAILURE(); } catch (const std::out_of_range&) {}
  auto m = co_await move_on_after(1ms, forever());
  EXPECT_FALSE(m);
  auto fut = spawn(forever());
  co_await yield();
  EXPECT_TRUE(fut.cancel());
  try { co_await std::move(fut); ADD_FAILURE(); } catch (const future_cancelled&) {}
  auto leftover = spawn(forever());
  std::vector<task<int>> v; for (int i=0;i<100;++i) v.push_back(one());
  auto r = co_await gather(std::move(v));
  auto w = co_await race(forever(), one());
  EXPECT_EQ(w.index(), 1u);
  co_return x + a + static_cast<int>(r.size());
}
task<> child_fail() { co_await yield(); throw std::runtime_error("boom"); }
task<int> server(started<int> ready, int port) { ready.set(port); co_await sleep(std::chrono::hours(1)); co_return 1; }
task<> grp(task_group& g) { g.spawn(child_fail(), {.name = "kid"}); g.spawn(forever()); EXPECT_EQ(g.size(), 2u); co_await sleep(std::chrono::hours(1)); }
task<int> grp2(task_group& g, int x) { int p = co_await g.start(server, 80); g.cancel(); co_return p + x; }
}
TEST(Smoke, Run) { EXPECT_EQ(run(amain()), 103); }
TEST(Smoke, Group) {
  try { run(with_task_group(grp)); ADD_FAILURE(); } catch (exception_group& e) { puts(e.what()); EXPECT_TRUE(e.contains<std::runtime_error>()); }
  EXPECT_EQ(run(with_task_group(grp2, 5)), 85);
}
