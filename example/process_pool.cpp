// A pool of processes: a thread waits for a result, a coroutine awaits one, a map keeps the order,
// a stream gives results as they come; and another program is run.
#include <cstdio>
#include <string>
#include <vector>

#include <tutti/tutti.hpp>

using namespace std::chrono_literals;

int square(int x) { return x * x; }

tutti::task<> amain(tutti::process_pool& pool) {
  const int four = co_await pool.submit(square, 2);
  std::printf("awaited: %d\n", four);

  std::vector<std::string> argv{"echo", "from a program"};
  const auto [status, out, err] = co_await tutti::run_command(argv, {.timeout = 30s});
  std::printf("%s: %s", status.ok() ? "ended well" : "ended badly", out.c_str());
}

int main() {
  const std::vector<int> inputs{1, 2, 3, 4};
  tutti::process_pool pool{{.workers = 4, .task_timeout = 10s}};
  const int nine = pool.submit(square, 3).get();
  std::printf("waited for: %d\n", nine);
  std::printf("a map:");
  for (const int x : pool.map(square, inputs).get()) std::printf(" %d", x);
  int sum = 0;
  for (const int x : pool.imap_unordered(square, inputs)) sum += x;
  std::printf("\na sum of what came: %d\n", sum);
  tutti::run(amain(pool));
}

// Output:
// waited for: 9
// a map: 1 4 9 16
// a sum of what came: 30
// awaited: 4
// ended well: from a program
