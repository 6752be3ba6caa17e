// Coroutines give way while they wait: a0 b0 a1 b1 on one thread; k tasks that yield take turns.
// rows: 000-04 000-06 002-14
#include <tutti/tutti.hpp>

#include <set>
#include <string>
#include <vector>

#include <unistd.h>

#include "acceptance.hpp"

using namespace std::chrono_literals;

tutti::task<> twice(std::string name, std::vector<std::string>& log, std::set<int>& threads) {
  log.push_back(name + "0");
  threads.insert(gettid());
  co_await tutti::sleep(1ms);
  log.push_back(name + "1");
  threads.insert(gettid());
}

tutti::task<> turns(int me, int n, std::vector<int>& order) {
  for (int i = 0; i < n; ++i) {
    order.push_back(me);
    co_await tutti::yield();
  }
}

tutti::task<> amain() {
  std::vector<std::string> log;
  std::set<int> threads;
  co_await tutti::gather(twice("a", log, threads), twice("b", log, threads));
  const std::vector<std::string> wanted{"a0", "b0", "a1", "b1"};
  require(log == wanted, "two coroutines interleave a0 b0 a1 b1");
  require(threads.size() == 1, "on one thread");

  constexpr int k = 10;
  constexpr int n = 100;
  std::vector<int> order;
  std::vector<tutti::task<>> all;
  for (int i = 0; i < k; ++i) all.push_back(turns(i, n, order));
  co_await tutti::gather(std::move(all));
  require(order.size() == k * n, "every turn happened");
  for (std::size_t i = 0; i < order.size(); ++i) {
    require(order[i] == static_cast<int>(i % k), "no task runs twice before the others run once");
  }
}

int main() { tutti::run(amain()); }
