// Background work at a steady pace: awaited, and on a thread of its own. A tick that takes too long
// moves no later one; those it covered are counted and skipped.
#include <chrono>
#include <cstdio>

#include <tutti/tutti.hpp>

using namespace std::chrono_literals;

tutti::task<> three_ticks() {
  tutti::ticker t{10ms};
  for (int n = 1; co_await t.tick(); ++n) {
    std::printf("tick %d\n", n);
    if (n == 3) t.stop();
  }
}

int main() {
  tutti::run(three_ticks());

  tutti::event seen;
  {
    tutti::ticker heartbeat{1ms, [&] { seen.set(); }, {.name = "heartbeat"}};
    seen.wait();
  }  // stops at once and joins the thread
  std::puts("the heart beat");
}

// Output:
// tick 1
// tick 2
// tick 3
// the heart beat
