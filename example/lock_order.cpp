// Two locks taken in two orders: reported before anybody hangs, and refused when somebody would.
#include <cstdio>

#include <tutti/observe.hpp>
#include <tutti/tutti.hpp>

int main() {
  tutti::watch_locks(true);  // in builds with assertions, or with TUTTI_DEBUG=1, it is on by itself
  tutti::on_lock_order([](std::string_view) noexcept { std::puts("two orders"); });
  tutti::mutex left;
  tutti::mutex right;
  tutti::barrier both_hold{2};
  tutti::guarded<int> refused{0};

  auto work = [&](tutti::mutex& first, tutti::mutex& second) {
    tutti::lock_guard one{first};
    both_hold.arrive_and_wait();
    try {
      tutti::lock_guard two{second};
    } catch (const tutti::deadlock&) {  // what() names both threads, both locks and the lines
      refused.with([](int& n) { ++n; });
    }
  };
  {
    tutti::thread anna{"anna", work, std::ref(left), std::ref(right)};
    tutti::thread bert{"bert", work, std::ref(right), std::ref(left)};
  }
  std::printf("refused: %d\n", refused.with([](int n) { return n; }));
}

// Output:
// two orders
// refused: 1
