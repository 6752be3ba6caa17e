// The same coroutine program on one loop uses one thread, on a pool at least two, with equal
// results.
// rows: 002-18 003-05
#include <tutti/tutti.hpp>

#include <set>
#include <vector>

#include <unistd.h>

#include "acceptance.hpp"

tutti::task<int> crunch(int n) {
  long x = n;
  for (int i = 0; i < 3'000'000; ++i) x = x * 31 + 7;
  co_return x == 1 ? -1 : static_cast<int>(gettid());
}

tutti::task<std::vector<int>> program() {
  std::vector<tutti::task<int>> parts;
  for (int i = 0; i < 64; ++i) parts.push_back(crunch(i));
  co_return co_await tutti::gather(std::move(parts));
}

// Between two awaits nobody else runs on a loop: read-modify-write without a lock is exact there.
tutti::task<> bump(long& count) {
  for (int i = 0; i < 100; ++i) {
    const long seen = count;
    count = seen + 1;
    co_await tutti::yield();
  }
}
tutti::task<> bump_badly(long& count) {
  for (int i = 0; i < 100; ++i) {
    const long seen = count;
    co_await tutti::yield();
    count = seen + 1;
  }
}

tutti::task<> counting() {
  for (const bool good : {true, false}) {
    long count = 0;
    std::vector<tutti::task<>> all;
    for (int i = 0; i < 1000; ++i) {
      if (good) {
        all.push_back(bump(count));
      } else {
        all.push_back(bump_badly(count));
      }
    }
    co_await tutti::gather(std::move(all));
    if (good) require(count == 100'000, "without an await inside, no update is lost");
    if (!good) require(count < 100'000, "with one, updates are lost");
  }
}

int main() {
  const auto alone = tutti::run(program());
  require(std::set<int>(alone.begin(), alone.end()).size() == 1, "one thread on a loop");
  tutti::thread_pool pool{{.threads = 4}};
  const auto shared = pool.submit(program()).get();
  require(shared.size() == alone.size(), "equal results");
  require(std::set<int>(shared.begin(), shared.end()).size() >= 2,
          "at least two threads on a pool");
  tutti::run(counting());
}
