// A thousand jobs on four workers: coroutines of one thread, threads, processes. No worker is idle
// while jobs wait: under a virtual clock that would show as lost time.
// rows: 000-44 000-43
#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include <chrono>
#include <set>
#include <vector>

#include "acceptance.hpp"

using namespace std::chrono_literals;

int square(int x) { return x * x; }

tutti::task<int> square_in_a_millisecond(int x) {
  co_await tutti::sleep(1ms);
  co_return x* x;
}

tutti::task<> coroutines() {
  tutti::event_loop one_thread;
  const auto start = tutti::clock::now();
  tutti::worker_pool<int, int> workers{one_thread, 4, square_in_a_millisecond, {.queue = 8}};
  std::vector<tutti::future<int>> answers;
  for (int i = 0; i < 1000; ++i) answers.push_back(co_await workers.async_submit(i));
  co_await workers.async_drain();
  require(tutti::clock::now() - start == 250ms, "all four workers worked all the time");
  for (int i = 0; i < 1000; ++i) {
    const int answer = co_await std::move(answers[static_cast<std::size_t>(i)]);
    require(answer == i * i, "every job got its own answer");
  }
}

template <class Executor>
void thousand_on(Executor& executor) {
  tutti::worker_pool<int, int> workers{executor, 4, square, {.queue = 8}};
  std::vector<tutti::future<int>> answers;
  for (int i = 0; i < 1000; ++i) answers.push_back(workers.submit(i));
  for (int i = 0; i < 1000; ++i) {
    require(answers[static_cast<std::size_t>(i)].get() == i * i, "every job got its own answer");
  }
}

tutti::generator<int> thousand(unsigned producer) {
  for (int i = 0; i < 1000; ++i) co_yield static_cast<int>(producer) * 1000 + i;
}

tutti::task<> three_producers_four_consumers() {
  std::multiset<int> used;
  auto use = [&used](int x) -> tutti::task<> {
    co_await tutti::yield();
    used.insert(x);
  };
  const auto done = co_await tutti::producer_consumer(3, 4, thousand, use, {.buffer = 10});
  std::multiset<int> made;
  for (int i = 0; i < 3000; ++i) made.insert(i);
  require(used == made, "what was produced was consumed, once each, with no sentinel");
  require(done.items == 3000 && done.waiting_max <= 10, "the buffer was bounded");
}

int main() {
  tutti::process_pool processes{{.workers = 4}};
  tutti::thread_pool pool{{.threads = 4}};
  tutti::testing::run_virtual(coroutines());
  thousand_on(pool);
  thousand_on(processes);
  tutti::run(three_producers_four_consumers());
}
