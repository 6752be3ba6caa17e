#include <tutti/tutti.hpp>

#include <cstdio>
#include <ranges>
#include <vector>

using namespace std::chrono_literals;

tutti::semaphore places(16);  // at most 16 at once

tutti::task<int> ask(int n) {
  auto place = co_await places.async_acquire();
  co_await tutti::sleep(20ms);  // a request, a query, a page
  co_return n * n;
}

int compute(int n) { return n * n; }

int main() {
  const auto numbers = std::views::iota(0, 10);

  // Much waiting: coroutines, all on this thread.
  std::vector<tutti::task<int>> questions;
  for (int n : numbers) questions.push_back(ask(n));
  auto asked = tutti::run(tutti::timeout(5s, tutti::gather(std::move(questions))));

  // Much computing: threads. The same word with processes, where code may crash or leak.
  tutti::thread_pool threads;
  tutti::process_pool processes;
  auto here = threads.map(compute, numbers).get();
  auto apart = processes.map(compute, numbers).get();

  for (int n : numbers) std::printf("%d %d %d\n", asked[n], here[n], apart[n]);
}
