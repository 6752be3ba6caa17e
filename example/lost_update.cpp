// links: tutti::testing
// A test that fails once in a long while, and the same test where each schedule is tried.
#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include <cstdio>

namespace testing = tutti::testing;

void two_count() {
  testing::shared<int> x = 0;
  {
    tutti::thread a{"a", [&] { x = x + 1; }};
    tutti::thread b{"b", [&] { x = x + 1; }};
  }
  testing::check(x.peek() == 2);
}

int main() {
  try {
    testing::explore({}, two_count);
  } catch (const testing::failure& found) {
    std::puts(found.what());
  }
}

// Output:
// check failed at lost_update.cpp:16 [strategy=pct d=4 … steps=16 build=… seed=2 schedule=1.1>2]
//   main                 a          b
//   -------------------  ---------  ---------
//   start a
//   start b
//   waits in future.get
//                        read 0 A
//                                   read 0 A
//                                   write 1 A
//                                   wake main
//                                   end
//   waits in future.get
//                        write 1 A
//                        wake main
//                        end
//   => check failed at lost_update.cpp:16
// again: TUTTI_REPLAY='strategy=pct d=4 n=3 k=15 bound=1/10125 seed=2 schedule=1.1>2'
