// rows: 002-20
// also under: asan tsan
// Plain code calls coroutines: any thread hands one to a loop and gets its value or its exception.
#include "acceptance.hpp"

#include <tutti/tutti.hpp>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

tutti::task<int> twice(int x) {
  co_await tutti::sleep(1ms);
  if (x < 0) throw std::domain_error("negative");
  co_return 2 * x;
}

}  // namespace

int main() {
  tutti::event_loop portal;
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> plain;
    for (int n = 0; n < 8; ++n) {
      plain.emplace_back([&portal, &right, n] {
        if (portal.submit(twice, n).get() == 2 * n) ++right;
        try {
          portal.submit(twice, -1).get();
        } catch (const std::domain_error&) {
          ++right;
        }
      });
    }
  }
  require(right == 16, "every thread got its own value and its own exception");
  require(tutti::run(twice(21)) == 42, "run is the bridge where there is no loop yet");
  return 0;
}
