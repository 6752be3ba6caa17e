// Fifty threads put ten thousand items, fifty others take them: none is lost, none comes twice,
// through the queues, a guarded collection and per-thread values.
// rows: 000-37
#include <tutti/tutti.hpp>

#include <algorithm>
#include <functional>
#include <vector>

#include "acceptance.hpp"

constexpr int producers = 50;
constexpr int items_each = 200;  // 10'000 in all

/// How often each item came out.
struct tally {
  std::vector<int> seen = std::vector<int>(producers * items_each, 0);
  void add(int item) { ++seen.at(static_cast<std::size_t>(item)); }
  bool all_once() const {
    return std::all_of(seen.begin(), seen.end(), [](int n) { return n == 1; });
  }
};

template <class Queue>
bool through(Queue& q) {
  tutti::guarded<tally> out;
  tutti::combinable<std::vector<int>> own;
  {
    std::vector<tutti::thread> takers;
    for (int i = 0; i < producers; ++i) {
      takers.emplace_back([&] {
        while (auto item = q.next()) {
          out.with([&](tally& t) { t.add(*item); });
          own.local().push_back(*item);
        }
      });
    }
    std::vector<tutti::thread> makers;
    for (int p = 0; p < producers; ++p) {
      makers.emplace_back([&q, p] {
        for (int i = 0; i < items_each; ++i) q.put(p * items_each + i);
      });
    }
    for (auto& t : makers) t.join();
    q.close();
    for (auto& t : takers) t.join();
  }
  tally again;
  own.for_each([&](std::vector<int>& some) {
    for (const int item : some) again.add(item);
  });
  return again.all_once() && out.with([](const tally& t) { return t.all_once(); });
}

int main() {
  tutti::queue<int> fifo{64};
  tutti::lifo_queue<int> lifo{64};
  tutti::priority_queue<int, std::greater<>> largest{64};
  require(through(fifo), "queue keeps the multiset");
  require(through(lifo), "lifo_queue keeps the multiset");
  require(through(largest), "priority_queue keeps the multiset");
}
