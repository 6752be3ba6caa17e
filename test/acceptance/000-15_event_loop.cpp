// Timers fire in the order of their deadlines; run inside a run is refused; tasks run on their own.
// rows: 000-15 000-16
#include <tutti/tutti.hpp>

#include <vector>

#include "acceptance.hpp"

using namespace std::chrono_literals;

tutti::task<> call_later(tutti::duration d, int n, std::vector<int>& order) {
  co_await tutti::sleep(d);
  order.push_back(n);
}
tutti::task<int> one() { co_return 1; }
tutti::task<> progress(int& steps) {
  for (int i = 0; i < 3; ++i) {
    ++steps;
    co_await tutti::yield();
  }
}

tutti::task<> amain() {
  std::vector<int> order;
  co_await tutti::gather(call_later(30ms, 30, order), call_later(10ms, 10, order),
                         call_later(20ms, 20, order));
  const std::vector<int> wanted{10, 20, 30};
  require(order == wanted, "10, 20, 30 ms fire in this order");
  bool refused = false;
  try {
    tutti::run(one());
  } catch (const tutti::error&) {
    refused = true;
  }
  require(refused, "run inside a run is refused");
  int a = 0;
  int b = 0;
  auto first = tutti::spawn(progress(a), {.name = "first"});
  auto second = tutti::spawn(progress(b), {.name = "second"});
  co_await tutti::yield();
  co_await tutti::yield();
  require(a > 0 && b > 0, "both tasks progress before either is awaited");
  co_await std::move(first);
  co_await std::move(second);
  require(a == 3 && b == 3, "and both end");
}

int main() { tutti::run(amain()); }
