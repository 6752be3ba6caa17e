// Four worker processes map over 0 to 9: `multiprocessing.Pool(4).map`. No main guard is needed.
#include <cstdio>
#include <ranges>
#include <vector>

#include <tutti/tutti.hpp>

int compute_square(int x) { return x * x; }

int main() {
  tutti::process_pool pool{{.workers = 4}};
  const std::vector<int> squares = pool.map(compute_square, std::views::iota(0, 10)).get();
  std::printf("[");
  for (std::size_t i = 0; i < squares.size(); ++i) {
    std::printf("%s%d", i == 0 ? "" : ", ", squares[i]);
  }
  std::printf("]\n");
}

// Output:
// [0, 1, 4, 9, 16, 25, 36, 49, 64, 81]
