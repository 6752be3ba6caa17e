// Five named threads at once, all joined before the last line: Python's `threading.Thread`.
#include <cstdio>
#include <string>
#include <vector>

#include <tutti/tutti.hpp>

void worker() { std::printf("Thread %s is running\n", tutti::this_task::name().c_str()); }

int main() {
  std::vector<tutti::thread> threads;
  for (int k = 1; k <= 5; ++k) {
    threads.emplace_back("Thread-" + std::to_string(k) + " (worker)", worker);
  }
  for (tutti::thread& t : threads) t.join();
  std::puts("All threads have completed");
}

// Output, in any order:
// Thread Thread-1 (worker) is running
// Thread Thread-2 (worker) is running
// Thread Thread-3 (worker) is running
// Thread Thread-4 (worker) is running
// Thread Thread-5 (worker) is running
// All threads have completed
