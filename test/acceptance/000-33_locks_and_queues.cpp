// One holder at a time over 10^5 entries by 8 threads; 200000 by two threads, every time; producers
// and consumers on a bounded queue lose nothing and end without sentinels.
// rows: 000-33 000-43 001-12 001-13
#include <tutti/tutti.hpp>

#include <algorithm>
#include <atomic>
#include <vector>

#include "acceptance.hpp"

void critical_section() {
  tutti::mutex m;
  bool inside = false;
  std::atomic<int> broken{0};
  {
    std::vector<tutti::thread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back("entrant", [&] {
        for (int i = 0; i < 12'500; ++i) {
          tutti::lock_guard hold{m};
          if (inside) ++broken;
          inside = true;
          inside = false;
        }
      });
    }
  }
  require(broken == 0, "nobody ever saw another inside");
}

void counters() {
  for (int round = 0; round < 100; ++round) {
    tutti::mutex m;
    int counter = 0;
    auto count = [&] {
      for (int i = 0; i < 100'000; ++i) {
        tutti::lock_guard hold{m};
        ++counter;
      }
    };
    {
      tutti::thread a{"a", count};
      tutti::thread b{"b", count};
    }
    require(counter == 200'000, "200000, a hundred times out of a hundred");
  }
}

void producers_and_consumers() {
  constexpr int items = 1000;
  tutti::queue<int> q{16};
  tutti::mutex m;
  std::vector<int> consumed;
  std::size_t high_water = 0;
  {
    std::vector<tutti::thread> consumers;
    for (int c = 0; c < 4; ++c) {
      consumers.emplace_back("consumer", [&] {
        while (auto x = q.next()) {
          tutti::lock_guard hold{m};
          high_water = std::max(high_water, q.size());
          consumed.push_back(*x);
        }
      });
    }
    {
      std::vector<tutti::thread> producers;
      for (int p = 0; p < 3; ++p) {
        producers.emplace_back("producer", [&q, p] {
          for (int i = 0; i < items; ++i) q.put(p * items + i);
        });
      }
    }
    q.close();
  }
  std::sort(consumed.begin(), consumed.end());
  require(consumed.size() == 3 * items, "as many consumed as produced");
  for (int i = 0; i < 3 * items; ++i) {
    require(consumed[static_cast<std::size_t>(i)] == i, "each item once");
  }
  require(high_water <= 16, "the queue never held more than its bound");
}

int main() {
  critical_section();
  counters();
  producers_and_consumers();
}
