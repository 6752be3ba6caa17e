// Five named processes, each ended well before the last line: `multiprocessing.Process`.
#include <cstdio>
#include <string>
#include <vector>

#include <tutti/tutti.hpp>

void worker() { std::printf("Process %s is running\n", tutti::this_task::name().c_str()); }

int main() {
  std::vector<tutti::process> processes;
  for (int k = 1; k <= 5; ++k) processes.emplace_back("Process-" + std::to_string(k), worker);
  for (tutti::process& p : processes) {
    if (!p.join().ok()) return 1;
  }
  std::puts("All processes have completed");
}

// Output, in any order:
// Process Process-1 is running
// Process Process-2 is running
// Process Process-3 is running
// Process Process-4 is running
// Process Process-5 is running
// All processes have completed
