// A 100 MiB array given to four workers costs its memory once, not five times.
// rows: 000-25
#include <tutti/tutti.hpp>

#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <unistd.h>

#include "acceptance.hpp"

/// Memory of a process, what it shares divided by how many share it.
long proportional_kib(int pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/smaps_rollup");
  for (std::string word; in >> word;)
    if (word == "Pss:") {
      long kib = 0;
      in >> kib;
      return kib;
    }
  return 0;
}

int own_pid() {
  usleep(2000);
  return getpid();
}
double sum(tutti::shared_array<double> a) {
  double total = 0;
  for (const double x : a.span()) total += x;
  return total;
}

int main() {
  tutti::process_pool pool{{.workers = 4}};
  std::set<int> pids{getpid()};
  for (int round = 0; round < 200 && pids.size() < 5; ++round) {
    std::vector<tutti::future<int>> asked;
    for (int i = 0; i < 4; ++i) asked.push_back(pool.submit(own_pid));
    for (auto& f : asked) pids.insert(f.get());
  }
  require(pids.size() == 5, "all workers were met");
  const auto total = [&] {
    long kib = 0;
    for (const int pid : pids) kib += proportional_kib(pid);
    return kib;
  };
  const long before = total();
  constexpr std::size_t bytes = std::size_t{100} << 20;
  tutti::shared_array<double> array{bytes / sizeof(double)};
  for (double& x : array.span()) x = 1;
  std::vector<tutti::future<double>> sums;
  for (int i = 0; i < 8; ++i) sums.push_back(pool.submit(sum, array));
  for (auto& f : sums)
    require(f.get() == static_cast<double>(bytes / sizeof(double)), "workers see the array");
  const long after = total();
  std::printf("memory of host and four workers: %ld MiB before, %ld MiB with the array\n",
              before / 1024, after / 1024);
  require(after - before > 90 * 1024, "the array is there");
  require(after - before < 110 * 1024, "and only once");
}
