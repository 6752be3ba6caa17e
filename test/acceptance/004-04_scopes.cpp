// rows: 004-04
// also under: asan tsan
// What Trio is known for: a group with a start handshake, scopes with movable deadlines, shields,
// requests that stay, bounded queues between tasks, virtual time, and listeners.
#include "acceptance.hpp"

#include <tutti/observe.hpp>
#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include <chrono>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

tutti::task<> server(tutti::started<int> ready, tutti::queue<int>& inbox, std::vector<int>& got) {
  co_await tutti::sleep(1s);
  ready.set(4711);
  while (auto x = co_await inbox.async_next()) got.push_back(*x);
}

tutti::task<> handshake() {
  tutti::queue<int> inbox{1};
  std::vector<int> got;
  const auto body = [&](tutti::task_group& g) -> tutti::task<int> {
    const int port = co_await g.start<int>(server, std::ref(inbox), std::ref(got));
    for (int i = 0; i < 5; ++i) co_await inbox.async_put(i);
    inbox.close();
    co_return port;
  };
  const int port = co_await tutti::with_task_group(body);
  require(port == 4711, "start returns what the child says");
  require(got == std::vector<int>({0, 1, 2, 3, 4}), "a bounded queue hands on everything in order");
}

tutti::task<> stubborn(int& tries) {
  for (int i = 0; i < 3; ++i) {
    try {
      co_await tutti::sleep(1h);
    } catch (const tutti::cancelled&) {
      ++tries;
    }
  }
}
tutti::task<> keeps_asking() {
  int tries = 0;
  tutti::cancel_scope scope;
  scope.deadline(tutti::clock::now() + 1h);
  scope.deadline(tutti::clock::now() + 1s);
  const auto start = tutti::clock::now();
  co_await scope.run(stubborn(tries));
  require(tries == 3, "a cancelled scope cancels every wait until it is left");
  require(tutti::clock::now() - start == 1s, "a deadline can be moved");
}

tutti::task<> tidy(bool& done) {
  co_await tutti::sleep(2s);
  done = true;
}
tutti::task<> works_and_tidies(bool& done) {
  co_await tutti::shield(tutti::timeout(5s, tidy(done)));
  co_await tutti::sleep(1h);
}
tutti::task<> shielded() {
  bool done = false;
  const bool finished = co_await tutti::move_on_after(1s, works_and_tidies(done));
  require(done && !finished, "a shield holds, and what is pending comes after it");
}

struct counter : tutti::observe::hook {
  void task_created(const tutti::observe::task_info&) override { ++created; }
  void task_finished(const tutti::observe::task_info&, std::exception_ptr) override { ++finished; }
  int created = 0;
  int finished = 0;
};

tutti::task<> all() {
  co_await handshake();
  co_await keeps_asking();
  co_await shielded();
}

}  // namespace

int main() {
  const stopwatch wall;
  counter heard;
  {
    auto listening = tutti::observe::attach(heard);
    tutti::testing::run_virtual(all());
  }
  require(heard.created > 0 && heard.created == heard.finished, "listeners hear every task");
  require(wall.ms() < 60'000, "hours pass at once in virtual time");
  return 0;
}
