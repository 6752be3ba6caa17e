// Three producers, four consumers, a buffer of sixteen places between them. Nobody sends a last
// item: when the producers are done, the consumers take what is left and end.
#include <chrono>
#include <cstdio>

#include <tutti/tutti.hpp>

using namespace std::chrono_literals;

tutti::async_generator<int> produce(unsigned producer) {
  for (int i = 0; i < 1000; ++i) {
    if (i % 250 == 0) co_await tutti::sleep(1ms);
    co_yield static_cast<int>(producer) * 1000 + i;
  }
}

tutti::task<> amain() {
  long sum = 0;
  auto consume = [&sum](int item) { sum += item; };
  const auto done = co_await tutti::producer_consumer(3, 4, produce, consume, {.buffer = 16});
  std::printf("%zu items, sum %ld\n", done.items, sum);
  std::printf("never more than 16 waited: %s\n", done.waiting_max <= 16 ? "yes" : "no");
}

int main() { tutti::run(amain()); }

// Output:
// 3000 items, sum 4498500
// never more than 16 waited: yes
