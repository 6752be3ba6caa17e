// Five coroutines on one thread, gathered: one second in all, not five. `asyncio.gather`.
#include <chrono>
#include <cstdio>
#include <vector>

#include <tutti/tutti.hpp>

using namespace std::chrono_literals;

tutti::task<> worker(int number) {
  std::printf("Worker %d started\n", number);
  co_await tutti::sleep(1s);
  std::printf("Worker %d finished\n", number);
}

tutti::task<> amain() {
  std::vector<tutti::task<>> workers;
  for (int number = 1; number <= 5; ++number) workers.push_back(worker(number));
  co_await tutti::gather(std::move(workers));
  std::puts("All workers have completed");
}

int main() { tutti::run(amain()); }

// Output:
// Worker 1 started
// Worker 2 started
// Worker 3 started
// Worker 4 started
// Worker 5 started
// Worker 1 finished
// Worker 2 finished
// Worker 3 finished
// Worker 4 finished
// Worker 5 finished
// All workers have completed
