// rows: 001-13
// The counter of the articles without its lock: the explorer finds a smaller total.
#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include <cstdio>

namespace lab = tutti::testing;

namespace {

constexpr int rounds = 5;
int total = 0;

void count() {
  lab::shared<int> x = 0;
  const auto add = [&] {
    for (int i = 0; i < rounds; ++i) x = x + 1;
  };
  {
    tutti::thread a{"a", add};
    tutti::thread b{"b", add};
  }
  total = x.peek();
  lab::check(total == 2 * rounds);
}

}  // namespace

int main() {
  try {
    lab::explore({}, count);
    return 1;
  } catch (const lab::failure&) {
    std::printf("%d instead of %d\n", total, 2 * rounds);
    return total < 2 * rounds ? 0 : 2;
  }
}
