// Tasks live in scopes: a group ends after its children, a service says when it is ready, and a
// failure or a cancel reaches everybody inside. Trio's nurseries, `asyncio.TaskGroup`.
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>

#include <tutti/tutti.hpp>

tutti::task<int> length_of(std::string page) {
  co_await tutti::yield();
  co_return static_cast<int>(page.size());
}

// Everything spawned into the group has ended when with_task_group returns.
tutti::task<int> crawl(tutti::task_group& group) {
  auto home = group.spawn(length_of("home"), {.name = "home"});
  auto about = group.spawn(length_of, "about");
  const int first = co_await std::move(home);
  const int second = co_await std::move(about);
  co_return first + second;
}

// A service of its own: start() returns when the child says that it is ready.
tutti::task<> serve(tutti::started<int> ready, tutti::queue<std::string>& requests) {
  ready.set(8080);
  while (auto request = co_await requests.async_next()) {
    std::printf("served %s\n", request->c_str());
  }
}

tutti::task<> with_a_service(tutti::task_group& group, tutti::queue<std::string>& requests) {
  const int port = co_await group.start(serve, std::ref(requests));
  std::printf("listening on %d\n", port);
  co_await requests.async_put("/index");
  co_await requests.async_put("/news");
  requests.close();  // the service drains the queue and returns; then the group is over
}

// Work in the background belongs to the run: it is cancelled and awaited when the run ends.
tutti::task<> heartbeat() {
  try {
    for (;;) co_await tutti::sleep(std::chrono::hours(1));
  } catch (const tutti::cancelled&) {
    std::puts("the heartbeat has stopped");
    throw;
  }
}

tutti::task<> amain() {
  tutti::spawn(heartbeat(), {.name = "heartbeat"});
  const int total = co_await tutti::with_task_group(crawl);
  std::printf("%d characters\n", total);
  tutti::queue<std::string> requests;
  co_await tutti::with_task_group(with_a_service, std::ref(requests));

  auto [six, nine] = co_await tutti::gather(length_of("gather"), length_of("in_order_"));
  std::printf("%d and %d\n", six, nine);
  const auto won = co_await tutti::race(length_of("quick"), tutti::sleep(std::chrono::hours(1)));
  std::printf("number %zu was first\n", won.index());
}

int main() { tutti::run(amain()); }

// Output:
// 9 characters
// listening on 8080
// served /index
// served /news
// 6 and 9
// number 0 was first
// the heartbeat has stopped
