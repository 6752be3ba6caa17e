// rows: 004-21
// A test that leaks a task fails with the task's name; one that hangs fails with who waits for
// whom.
#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include <cstdio>
#include <string>

namespace lab = tutti::testing;

namespace {

tutti::task<int> scheduled() {
  co_await tutti::yield();
  co_return 3;
}
tutti::task<> sound() {
  auto f = tutti::spawn(scheduled());
  const int x = co_await std::move(f);
  lab::check(x == 3);
}

tutti::task<> forever() { co_await tutti::sleep(tutti::duration::max()); }
tutti::task<> leaks() {
  auto f = tutti::spawn(forever(), {.name = "straggler"});
  co_await tutti::yield();
}
tutti::task<> hangs() {
  tutti::event never;
  co_await tutti::gather(never.async_wait(), scheduled());
}

}  // namespace

int main() {
  lab::run_virtual(sound());
  try {
    lab::run_virtual(leaks());
    return 1;
  } catch (const lab::failure& f) {
    std::puts(f.what());
    if (std::string(f.what()).find("straggler") == std::string::npos) return 2;
  }
  try {
    lab::run_virtual(hangs());
    return 3;
  } catch (const tutti::deadlock& e) {
    std::puts(e.what());
    const std::string text = e.what();
    if (text.find("waits in gather") == std::string::npos) return 4;
    if (text.find("waits in event") == std::string::npos) return 5;
  }
  return 0;
}
