// What a stranger writes first. Every way of consuming the library builds and runs this file.
#include <tutti/tutti.hpp>

#include <chrono>
#include <cstdio>

using namespace std::chrono_literals;

tutti::task<int> number(int n) {
  co_await tutti::sleep(1ms);
  co_return n;
}

tutti::task<int> sum() {
  auto [a, b] = co_await tutti::gather(number(1), number(2));
  co_return a + b;
}

int main() {
  std::printf("tutti says: %d\n", tutti::run(sum()));
  return 0;
}
