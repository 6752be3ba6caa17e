// Loops on all processors: pieces are dealt out and idle threads take over what is left of others.
#include <cstdio>
#include <vector>

#include <tutti/tutti.hpp>

int main() {
  tutti::thread_pool pool;
  std::vector<int> numbers(100'000);
  tutti::parallel_for(pool, 0, 100'000, [&](int i) { numbers[std::size_t(i)] = 100'000 - i; });

  tutti::parallel_sort(pool, numbers);
  const long sum = tutti::parallel_reduce(pool, numbers, 0L, [](long a, long b) { return a + b; });
  const auto halves = tutti::parallel_map(pool, numbers, [](int x) { return x / 2; });
  const auto [first, last] =
      tutti::parallel_invoke(pool, [&] { return numbers.front(); }, [&] { return halves.back(); });
  std::printf("%ld %d %d\n", sum, first, last);

  const tutti::thread_pool_stats now = pool.stats();
  std::printf("every thread is known: %s\n", now.workers.size() == pool.size() ? "yes" : "no");
}

// Output:
// 5000050000 1 50000
// every thread is known: yes
