// One use of everything that keeps a callable in a coroutine of ours, written in a header and with
// closures that only one file sees. Compiled by g++ for its warnings of frames (nothing here is a
// coroutine outside of a closure, so those would be ours), and by clang 19 for the lifetime checks,
// which every template of ours must pass once it is used.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <stop_token>
#include <vector>

#include <tutti/tutti.hpp>

namespace {

using std::chrono::seconds;
[[maybe_unused]] constexpr auto twice = [](int x) -> tutti::task<int> { co_return 2 * x; };
[[maybe_unused]] constexpr auto nothing = [](int) -> tutti::task<> { co_return; };

[[maybe_unused]] TUTTI_CORO_WRAPPER inline auto in_the_background() {
  return tutti::spawn([](int x) -> tutti::task<int> { co_return x; }, 1);
}
[[maybe_unused]] TUTTI_CORO_WRAPPER inline auto on_a_thread() {
  return tutti::to_thread([](int x) { return x; }, 1);
}
[[maybe_unused]] TUTTI_CORO_WRAPPER inline auto in_a_group() {
  return tutti::with_task_group(
      [](tutti::task_group& g, int x) -> tutti::task<int> {
        g.spawn([](int y) -> tutti::task<int> { co_return y; }, x);
        const auto serve = [](tutti::started<std::size_t> up) -> tutti::task<> {
          up.set(0);
          co_return;
        };
        co_await g.start(serve);
        co_return x;
      },
      1);
}
[[maybe_unused]] TUTTI_CORO_WRAPPER inline auto combined() {
  std::vector<tutti::task<int>> several;
  several.push_back(twice(1));
  std::vector<tutti::task<int>> more;
  more.push_back(twice(1));
  return tutti::race(tutti::gather(twice(1), nothing(2)), tutti::gather_settled(twice(1)),
                     tutti::gather(std::move(several)), tutti::timeout(seconds(1), twice(1)),
                     tutti::move_on_after(seconds(1), nothing(1)), tutti::shield(twice(1)),
                     tutti::as_completed(std::move(more)).async_next());
}
[[maybe_unused]] TUTTI_CORO_WRAPPER inline auto mapped() {
  return tutti::map(std::vector<int>(3), 2, [](int x) -> tutti::task<int> { co_return x; });
}
[[maybe_unused]] TUTTI_CORO_WRAPPER inline auto visited() {
  return tutti::for_each(std::vector<int>(3), 2, [](int) -> tutti::task<> { co_return; });
}
[[maybe_unused]] TUTTI_CORO_WRAPPER inline auto tried_again() {
  return tutti::retry({}, [](int x) -> tutti::task<int> { co_return x; }, 1);
}
[[maybe_unused]] TUTTI_CORO_WRAPPER inline auto by_reference() {
  return tutti::retry({}, std::ref(twice), 1);
}
[[maybe_unused]] inline void by_workers(tutti::event_loop& loop) {
  int calls = 0;
  const auto counted = [&calls](int x) -> tutti::task<int> { co_return x + ++calls; };
  tutti::worker_pool<int, int> coroutines{loop, 4, counted};
  (void)coroutines.submit(1);
}
[[maybe_unused]] inline void by_a_pool(tutti::thread_pool& pool) {
  pool.submit([](int x) -> tutti::task<int> { co_return x; }, 1);
  pool.submit([](std::stop_token, int x) -> tutti::task<int> { co_return x; }, 1);
  pool.map([](int x) -> tutti::task<int> { co_return x; }, std::vector<int>(3));
  pool.imap([](int x) -> tutti::task<int> { co_return x; }, std::vector<int>(3)).next();
  pool.imap([](int x) { return x; }, std::vector<int>(3)).next();
}
[[maybe_unused]] TUTTI_CORO_WRAPPER inline auto in_parallel(tutti::thread_pool& pool) {
  return tutti::async_parallel_for(pool, 0, 3, [](int) {});
}
[[maybe_unused]] inline void watched(tutti::supervisor& above, tutti::progress& bar) {
  above.add("child", [](int) -> tutti::task<> { co_return; }, 1);
  auto counted = bar.watch([](int x) -> tutti::task<int> { co_return x; });
  (void)counted(1);
}
[[maybe_unused]] inline void ordered(tutti::task_graph& graph) {
  auto first = graph.add([]() -> tutti::task<int> { co_return 1; });
  graph.add([](int x) -> tutti::task<int> { co_return x; }, first);
  graph.add([](int x) { return x; }, first);
}
[[maybe_unused]] TUTTI_CORO_WRAPPER inline auto with_a_lock(tutti::guarded<int>& number) {
  return number.async_with([](int& x) { return ++x; });
}

}  // namespace
