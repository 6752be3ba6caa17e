// Services that are started again when they fail, but not for ever: after too many failures in too
// short a time the supervisor itself fails, and whoever started it decides.
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>

#include <tutti/tutti.hpp>

using namespace std::chrono_literals;

int starts = 0;

tutti::task<> flaky(std::string what) {
  ++starts;
  co_await tutti::sleep(1ms);
  if (starts < 3) throw std::runtime_error(what);
}
tutti::task<> hopeless() {
  co_await tutti::sleep(1ms);
  throw std::runtime_error("no disk");
}

tutti::task<> amain() {
  tutti::supervisor s{{.strategy = tutti::restart::one_for_one, .restarts_max = 3, .within = 5s}};
  s.on_restart([](std::string_view name, const std::exception_ptr&) {
    std::printf("%.*s is started again\n", static_cast<int>(name.size()), name.data());
  });
  s.add("listener", flaky, "port in use");
  co_await s.run();
  std::printf("the listener is done after %d starts\n", starts);

  s.add("store", hopeless);
  try {
    co_await s.run();
  } catch (const std::runtime_error& e) {
    std::printf("given up: %s\n", e.what());
  }
}

int main() { tutti::run(amain()); }

// Output:
// listener is started again
// listener is started again
// the listener is done after 3 starts
// store is started again
// store is started again
// store is started again
// given up: no disk
