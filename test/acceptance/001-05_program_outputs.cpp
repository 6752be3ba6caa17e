// The articles' small programs print what they print there; ctest compares the examples themselves,
// this program checks that all of them were built and end well.
// rows: 001-05 002-05 002-10 002-16
// timed: bounds a duration or a ratio of durations
#include <cstdio>
#include <cstdlib>
#include <string>

#include <tutti/tutti.hpp>

#include "acceptance.hpp"

using namespace std::chrono_literals;

int started = 0;
int finished = 0;

tutti::task<> worker(int) {
  require(finished == 0, "five starts come before the first finish");
  ++started;
  co_await tutti::sleep(1s);
  ++finished;
}

tutti::task<> five() {
  const stopwatch wall;
  co_await tutti::gather(worker(1), worker(2), worker(3), worker(4), worker(5));
  std::printf("five sleeps of 1 s took %.2f s\n", wall.ms() / 1000);
  require(started == 5 && finished == 5, "five starts, five finishes");
  require(wall.ms() >= 1000 && wall.ms() < 1300, "in 1.0 to 1.3 s");
}

void named(const char* kind) {
  std::printf("%s %s is running\n", kind, tutti::this_task::name().c_str());
}

int main() {
  tutti::run(five());
  {
    std::vector<tutti::thread> threads;
    for (int k = 1; k <= 5; ++k)
      threads.emplace_back("Thread-" + std::to_string(k), [] { named("Thread"); });
  }
  std::puts("All threads have completed");
  std::fflush(stdout);
  for (int k = 1; k <= 5; ++k) {
    tutti::process p{"Process-" + std::to_string(k), [] { named("Process"); }};
    require(p.join().ok(), "every process ends with status 0");
  }
  std::puts("All processes have completed");
}
