// Two threads count to 100000 each under one lock: `threading.Lock`.
#include <cstdio>

#include <tutti/tutti.hpp>

int main() {
  int counter = 0;
  tutti::mutex lock;
  auto increment = [&] {
    for (int i = 0; i < 100'000; ++i) {
      tutti::lock_guard hold{lock};
      ++counter;
    }
  };
  tutti::thread first{"first", increment};
  tutti::thread second{"second", increment};
  first.join();
  second.join();
  std::printf("Final counter value: %d\n", counter);
}

// Output:
// Final counter value: 200000
