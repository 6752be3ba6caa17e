// How far a long job is: a bar on a terminal, a line at every tenth elsewhere. It watches tasks,
// loops on a pool, and pipelines.
#include <chrono>
#include <cstdio>
#include <numeric>
#include <vector>

#include <tutti/tutti.hpp>

using namespace std::chrono_literals;

tutti::task<int> fetch(int x) {
  co_await tutti::sleep(1ms);
  co_return x;
}

int main() {
  std::vector<int> inputs(4);
  std::iota(inputs.begin(), inputs.end(), 0);
  {
    tutti::progress bar{"fetch", {.total = inputs.size(), .to = stdout}};
    tutti::run(tutti::map(inputs, 1, bar.watch(fetch)));
  }
  tutti::thread_pool pool{{.threads = 2}};
  tutti::progress bar{"crunch", {.total = 1, .to = stdout}};
  tutti::parallel_for(pool, 0, 1, bar.watch([](int) {}));
}

// Output:
// fetch:  25 % (1 of 4)
// fetch:  50 % (2 of 4)
// fetch:  75 % (3 of 4)
// fetch: 100 % (4 of 4)
// crunch: 100 % (1 of 1)
