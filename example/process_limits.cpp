// What a pool of processes gives that threads cannot: a crash, an endless loop and a greedy
// allocation each end one task, and the pool goes on.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>

#include <tutti/tutti.hpp>

using namespace std::chrono_literals;

int square(int x) { return x * x; }
int crash(int) { std::abort(); }
int loop(int x) {
  for (volatile int forever = 1; forever == 1;) x = 0;
  return x;
}
std::size_t greedy(std::size_t bytes) { return std::string(bytes, 'x').size(); }

int main() {
  tutti::process_pool pool{
      {.workers = 2, .task_timeout = 500ms, .memory_limit = std::size_t{512} << 20}};
  try {
    pool.submit(crash, 1).get();
  } catch (const tutti::worker_crashed& e) {
    std::printf("%s ended its worker by signal %d\n", e.task().c_str(), e.signal());
  }
  try {
    pool.submit(loop, 1).get();
  } catch (const tutti::timeout_error&) {
    std::puts("an endless loop was ended");
  }
  try {
    pool.submit(greedy, std::size_t{1} << 30).get();
  } catch (const std::bad_alloc&) {
    std::puts("too much memory was refused");
  }
  std::printf("and %d is the square of 3\n", pool.submit(square, 3).get());
}

// Output:
// crash… ended its worker by signal 6
// an endless loop was ended
// too much memory was refused
// and 9 is the square of 3
