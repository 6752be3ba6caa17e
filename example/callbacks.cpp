// Other people's ways of waiting, awaited: a C library that calls back, a type that is awaitable
// but not ours, and `std::stop_token` in both directions.
#include <chrono>
#include <coroutine>
#include <cstdio>
#include <memory>
#include <stop_token>
#include <system_error>
#include <thread>
#include <utility>

#include <tutti/tutti.hpp>

using namespace std::chrono_literals;

// The C library: it calls back later, on a thread of its own.
extern "C" void ask(int question, void (*done)(int status, int value, void* user), void* user) {
  std::thread([=] { done(question < 0 ? EINVAL : 0, 2 * question, user); }).detach();
}

// The adapter: a future from a callback, in ten lines.
tutti::future<int> async_ask(int question) {
  auto answer = std::make_unique<tutti::promise<int>>();
  auto result = answer->get_future();
  const auto done = [](int status, int value, void* user) {
    const std::unique_ptr<tutti::promise<int>> mine(static_cast<tutti::promise<int>*>(user));
    if (status == 0) return mine->set_value(value);
    mine->set_exception(std::system_error(status, std::generic_category()));
  };
  ask(question, done, answer.release());
  return result;
}

// An awaitable that knows nothing of tutti and resumes wherever it likes.
class elsewhere {
 public:
  explicit elsewhere(int value) : value_(value) {}
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> h) const { std::thread(h).detach(); }
  int await_resume() const { return value_; }

 private:
  int value_;
};

// Foreign code that listens to a stop_token.
void foreign_work(std::stop_token stop) {
  while (!stop.stop_requested()) std::this_thread::yield();
}
tutti::task<> stops_foreign_code() {
  co_await tutti::to_thread(foreign_work, tutti::this_task::stop_token());
}

// And a stop_token of somebody else's that cancels a scope of ours.
tutti::task<bool> until_stopped(std::stop_token stop) {
  tutti::cancel_scope scope;
  const std::stop_callback cut(stop, [&scope] { scope.cancel(); });
  co_return co_await scope.run(tutti::sleep(1h));
}

tutti::task<> amain() {
  const auto [four, seven] = co_await tutti::gather(async_ask(2), elsewhere(7));
  const int eight = co_await tutti::timeout(1h, elsewhere(8));
  std::printf("%d %d %d\n", four, seven, eight);
  const auto [refused] = co_await tutti::gather_settled(async_ask(-1));
  std::printf("an error is an exception: %s\n", refused.has_value() ? "no" : "yes");

  const bool ended = co_await tutti::move_on_after(1ms, stops_foreign_code());
  std::stop_source stop;
  stop.request_stop();
  const bool slept = co_await until_stopped(stop.get_token());
  std::printf("%d %d\n", ended ? 1 : 0, slept ? 1 : 0);
}

int main() { tutti::run(amain()); }

// Output:
// 4 7 8
// an error is an exception: yes
// 0 0
