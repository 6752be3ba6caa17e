// Many jobs, a few workers: a job goes to whoever is idle, and who makes jobs faster than they are
// done waits. The same with threads and with coroutines on one thread.
#include <chrono>
#include <cstdio>
#include <vector>

#include <tutti/tutti.hpp>

using namespace std::chrono_literals;

int square(int x) { return x * x; }

tutti::task<int> slow_square(int x) {
  co_await tutti::sleep(1ms);
  co_return x* x;
}

template <class Workers>
int sum_of_squares(Workers& workers) {
  std::vector<tutti::future<int>> answers;
  for (int i = 1; i <= 100; ++i) answers.push_back(workers.submit(i));
  int sum = 0;
  for (auto& answer : answers) sum += answer.get();
  return sum;
}

int main() {
  tutti::thread_pool pool{{.threads = 4}};
  tutti::worker_pool<int, int> threads{pool, 4, square, {.queue = 8}};
  std::printf("on threads: %d\n", sum_of_squares(threads));

  tutti::event_loop loop;
  tutti::worker_pool<int, int> coroutines{loop, 4, slow_square, {.queue = 8}};
  std::printf("on one loop: %d\n", sum_of_squares(coroutines));
}

// Output:
// on threads: 338350
// on one loop: 338350
