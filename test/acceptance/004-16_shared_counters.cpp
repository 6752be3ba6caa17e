// Four processes, and four threads, add ten thousand times each to one counter under its lock.
// rows: 004-16
#include <tutti/tutti.hpp>

#include <vector>

#include "acceptance.hpp"

constexpr int rounds = 10'000;
void add(tutti::shared_value<int> v) {
  for (int i = 0; i < rounds; ++i) v.with([](int& x) { ++x; });
}
void add_under_lock(tutti::process_mutex m, tutti::shared_array<int> a) {
  for (int i = 0; i < rounds; ++i) {
    m.lock();
    ++a.span()[0];
    m.unlock();
  }
}

int main() {
  tutti::shared_value<int> value{0};
  tutti::process_mutex lock;
  tutti::shared_array<int> array{1};
  {
    std::vector<tutti::process> all;
    for (int i = 0; i < 4; ++i) {
      all.emplace_back("value", add, value);
      all.emplace_back("lock", add_under_lock, lock, array);
    }
    for (auto& p : all) require(p.join().ok(), "a child ended well");
  }
  require(value.load() == 4 * rounds, "a value with its lock loses nothing");
  require(array.span()[0] == 4 * rounds, "nor does an array under a lock between processes");
  tutti::guarded<int> counter{0};
  {
    std::vector<tutti::thread> all;
    for (int i = 0; i < 4; ++i)
      all.emplace_back("adder", [&] {
        for (int k = 0; k < rounds; ++k) counter.with([](int& x) { ++x; });
      });
    for (auto& t : all) t.join();
  }
  require(counter.with([](int& x) { return x; }) == 4 * rounds, "nor do threads");
}
