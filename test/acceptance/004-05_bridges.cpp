// rows: 004-05
// What AnyIO is known for: calls on threads and processes, a limiter with names, plain threads that
// call the loop, streams of objects, and reasons for cancellation.
#include "acceptance.hpp"

#include <tutti/tutti.hpp>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

int square(int x) { return x * x; }

tutti::task<> borrows(tutti::capacity_limiter& two, int& now, int& most) {
  auto permit = co_await two.async_acquire();
  most = std::max(most, ++now);
  co_await tutti::yield();
  --now;
}

tutti::task<> limited() {
  tutti::capacity_limiter two{2};
  int now = 0;
  int most = 0;
  std::vector<tutti::task<>> all;
  for (int i = 0; i < 6; ++i) all.push_back(borrows(two, now, most));
  co_await tutti::gather(std::move(all));
  require(most == 2 && two.borrowed() == 0, "the limiter lets two in at a time");
  auto permit = co_await two.async_acquire();
  bool refused = false;
  try {
    auto again = co_await two.async_acquire();
  } catch (const tutti::error&) {
    refused = true;
  }
  require(refused, "one borrower borrows once");
}

tutti::task<tutti::cancel_reason> reason() {
  try {
    co_await tutti::sleep(1h);
  } catch (const tutti::cancelled& c) {
    co_return c.reason;
  }
  co_return tutti::cancel_reason::none;
}
tutti::task<> keeps(tutti::cancel_reason& why) { why = co_await reason(); }
tutti::task<> fails_soon() {
  co_await tutti::yield();
  throw std::runtime_error("sibling");
}

tutti::task<> reasons() {
  tutti::cancel_reason why{};
  co_await tutti::move_on_after(1ms, keeps(why));
  require(why == tutti::cancel_reason::deadline, "a deadline says so");
  try {
    co_await tutti::gather(keeps(why), fails_soon());
  } catch (const std::runtime_error&) {
  }
  require(why == tutti::cancel_reason::sibling_failed, "a failed sibling says so");
  tutti::cancel_scope scope;
  scope.cancel();
  co_await scope.run(keeps(why));
  require(why == tutti::cancel_reason::explicit_request, "a cancel by hand says so");
}

tutti::task<> leaves_work(tutti::cancel_reason& why) {
  tutti::spawn(keeps(why));
  co_await tutti::yield();
}

tutti::task<> amain(tutti::process_pool& processes) {
  const auto [a, b] =
      co_await tutti::gather(tutti::to_thread(square, 3), processes.submit(square, 4));
  require(a == 9 && b == 16, "calls on threads and on processes are awaited alike");
  co_await limited();
  co_await reasons();
  tutti::event_loop other;
  const auto from_thread = [&other] { return other.submit(reason).cancel(); };
  require(co_await tutti::to_thread(from_thread), "a thread calls a loop");
}

}  // namespace

int main() {
  tutti::process_pool processes{{.workers = 1}};
  tutti::run(amain(processes));
  tutti::cancel_reason why{};
  tutti::run(leaves_work(why));
  require(why == tutti::cancel_reason::shutdown, "the end of a run says so");
  return 0;
}
