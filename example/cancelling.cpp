// Cancellation is a request that stays until the scope is left: limits, scopes cancelled by hand,
// clean-up that must not be cut, and computations that never wait.
#include <chrono>
#include <cstdio>
#include <utility>

#include <tutti/tutti.hpp>

using namespace std::chrono_literals;

tutti::task<int> answer(tutti::duration after) {
  co_await tutti::sleep(after);
  co_return 42;
}

tutti::task<> limits() {
  try {
    co_await tutti::timeout(1ms, answer(1h));
  } catch (const tutti::timeout_error&) {
    std::puts("too late");
  }
  const auto maybe = co_await tutti::move_on_after(1ms, answer(1h));
  std::printf("an answer: %s\n", maybe ? "yes" : "no");
  // One limit for several steps: a point in time.
  const auto until = tutti::clock::now() + 1h;
  const int first = co_await tutti::timeout_at(until, answer(0s));
  const int second = co_await tutti::timeout_at(until, answer(0s));
  std::printf("%d and %d in time\n", first, second);
}

// What must happen all the same runs in a shield, with a limit of its own.
tutti::task<> say_goodbye() {
  co_await tutti::sleep(1ms);
  std::puts("said goodbye");
}
tutti::task<> conversation(tutti::event& begun) {
  try {
    begun.set();
    co_await tutti::sleep(1h);
  } catch (const tutti::cancelled& c) {
    std::printf("cut: %s\n", c.reason == tutti::cancel_reason::explicit_request ? "by hand" : "?");
  }
  co_await tutti::shield(tutti::timeout(1min, say_goodbye()));
  co_await tutti::sleep(0s);  // the request stays: this wait throws
}

tutti::task<> by_hand() {
  tutti::cancel_scope scope;
  tutti::event begun;
  auto talk = tutti::spawn(scope.run(conversation(begun)));
  co_await begun.async_wait();
  scope.cancel();  // from any thread
  const bool finished = co_await std::move(talk);
  std::printf("finished: %s\n", finished ? "yes" : "no");
}

// A computation that never waits asks now and then.
tutti::task<long> count() {
  long n = 0;
  for (; n >= 0; n = (n + 1) % 1000) tutti::this_task::check();
  co_return n;
}

tutti::task<> amain() {
  co_await limits();
  co_await by_hand();
  const auto counted = co_await tutti::move_on_after(1ms, count());
  std::printf("counted to the end: %s\n", counted ? "yes" : "no");
}

int main() { tutti::run(amain()); }

// Output:
// too late
// an answer: no
// 42 and 42 in time
// cut: by hand
// said goodbye
// finished: no
// counted to the end: no
