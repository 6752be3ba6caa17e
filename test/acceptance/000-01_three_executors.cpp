// The same job list through three executors, by changing one type: identical ordered results.
// rows: 000-01 001-02
#include <tutti/tutti.hpp>

#include <numeric>
#include <vector>

#include "acceptance.hpp"

long long sum_of_squares(long long first) {
  long long sum = 0;
  for (long long i = first; i < first + 1000; ++i) sum += i * i;
  return sum;
}

template <class Executor>
std::vector<long long> jobs(Executor& executor) {
  std::vector<long long> starts(1000);
  for (std::size_t i = 0; i < starts.size(); ++i) starts[i] = static_cast<long long>(i) * 1000;
  return executor.map(sum_of_squares, starts).get();
}

int main() {
  tutti::process_pool processes{{.workers = 2}};
  tutti::thread_pool threads{{.threads = 2}};
  tutti::event_loop loop{{.name = "loop"}};
  const auto a = jobs(processes);
  const auto b = jobs(threads);
  const auto c = jobs(loop);
  require(a == b && b == c, "three executors, one ordered result");
  const long long n = 1'000'000;
  require(std::accumulate(a.begin(), a.end(), 0LL) == (n - 1) * n * (2 * n - 1) / 6,
          "10^6 squares in chunks");
}
