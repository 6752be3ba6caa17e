// Fifty planted MiB are found with the task that took them.
// rows: 004-25
#include <tutti/tutti.hpp>

#include <string>
#include <vector>

#include "acceptance.hpp"

constexpr std::size_t planted = std::size_t{50} << 20;
int modest(int x) { return x + 1; }
std::size_t wasteful(std::size_t bytes) {
  const std::string text(bytes, 'x');
  return text.size() + static_cast<std::size_t>(text.back());
}

int main() {
  tutti::process_pool pool{{.workers = 2, .measure_memory = true}};
  std::vector<tutti::future<int>> others;
  for (int i = 0; i < 20; ++i) others.push_back(pool.submit(modest, i));
  pool.submit(wasteful, planted).get();
  for (int i = 0; i < 20; ++i) others.push_back(pool.submit(modest, i));
  for (auto& f : others) f.get();
  const auto stats = pool.stats();
  std::printf("%s made its worker grow by %.1f MiB\n", stats.largest_task.c_str(),
              static_cast<double>(stats.largest_growth) / (1 << 20));
  require(stats.largest_task.find("wasteful") != std::string::npos, "the task is named");
  // The kernel counts pages in batches, and a few were there before.
  constexpr std::size_t few = std::size_t{5} << 20;
  require(stats.largest_growth >= planted - few, "what it took is counted");
  require(stats.largest_growth < planted + few, "and little else");
}
