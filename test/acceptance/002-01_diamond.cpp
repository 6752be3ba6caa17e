// A program broken into tasks that need each other's results: in a diamond the two sides run at the
// same time, the end after both, and the results are passed along.
// rows: 002-01
// also under: asan tsan
#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include <chrono>

#include "acceptance.hpp"

using namespace std::chrono_literals;

/// When a call began and ended.
struct stretch {
  tutti::time_point from, to;
};

tutti::task<stretch> call(tutti::duration takes) {
  stretch s;
  s.from = tutti::clock::now();
  co_await tutti::sleep(takes);
  s.to = tutti::clock::now();
  co_return s;
}
tutti::task<stretch> after(const stretch&, tutti::duration takes) { return call(takes); }
tutti::task<stretch> after_both(const stretch&, const stretch&) { return call(1s); }

tutti::task<> diamond() {
  tutti::event_loop loop;
  tutti::task_graph g;
  const tutti::duration two = 2s;
  const tutti::duration three = 3s;
  auto a = g.add(call, two).named("A");
  auto b = g.add(after, a, two).named("B");
  auto c = g.add(after, a, three).named("C");
  auto d = g.add(after_both, b, c).named("D");
  co_await g.async_run(loop);
  require(b.value().from == a.value().to && c.value().from == a.value().to, "B and C after A");
  require(b.value().from < c.value().to && c.value().from < b.value().to, "B beside C");
  require(d.value().from == c.value().to && d.value().from > b.value().to, "D after both");
  require(g.critical_path().names.size() == 3 && g.critical_path().took == 6s, "A, C, D: 6 s");
}

int parallel_sides() {
  tutti::thread_pool pool{{.threads = 2}};
  tutti::barrier both{2};  // opens only if B and C run at the same time
  tutti::task_graph g;
  auto a = g.add([] { return 1; });
  auto b = g.add([&](int x) { return both.arrive_and_wait(), x + 1; }, a);
  auto c = g.add([&](int x) { return both.arrive_and_wait(), x + 2; }, a);
  auto d = g.add([](int x, int y) { return x * y; }, b, c);
  g.run(pool);
  return d.value();
}

int main() {
  tutti::testing::run_virtual(diamond());
  require(parallel_sides() == 6, "the results were passed along");
}
