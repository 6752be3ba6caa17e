// rows: 001-09, 004-14, 004-18, 003-04
// A planted lost update is found within 1000 schedules, its schedule is printed and replays 100
// times out of 100; the corrected program passes all schedules.
#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include <cstdio>
#include <string>

namespace lab = tutti::testing;

namespace {

int last_value = 2;

void without_lock() {
  lab::shared<int> x = 0;
  {
    tutti::thread a{"a", [&] { x = x + 1; }};
    tutti::thread b{"b", [&] { x = x + 1; }};
  }
  last_value = x.peek();
  lab::check(x.peek() == 2);
}

void with_lock() {
  tutti::mutex m;
  lab::shared<int> x = 0;
  const auto add = [&] {
    tutti::lock_guard hold{m};
    x = x + 1;
  };
  {
    tutti::thread a{"a", add};
    tutti::thread b{"b", add};
  }
  lab::check(x.peek() == 2);
}

}  // namespace

int main() {
  if (lab::explore({.schedules = 1000}, with_lock).schedules != 1000) return 1;
  try {
    lab::explore({.schedules = 1000}, without_lock);
    return 2;
  } catch (const lab::failure& f) {
    std::puts(f.what());
    if (last_value != 1 || f.seed() == 0 || f.schedule().empty()) return 3;
    for (int i = 0; i < 100; ++i) {
      last_value = 2;
      try {
        lab::replay(f.what(), without_lock);
        return 4;
      } catch (const lab::failure& again) {
        if (last_value != 1 || again.schedule() != f.schedule()) return 5;
      }
    }
  }
  return 0;
}
