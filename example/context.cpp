// A value that follows work: set where a request begins, seen by everything done for it, on this
// loop, on a pool and on other threads. Python's `contextvars`.
#include <cstdio>
#include <string>

#include <tutti/tutti.hpp>

tutti::context_var<std::string> request_id{"request_id", "-"};

void log(const char* what) { std::printf("[%s] %s\n", request_id.get().c_str(), what); }

tutti::task<> load() {
  co_await tutti::yield();
  log("loaded");
}

tutti::task<> handle(std::string id) {
  const auto restore = request_id.set(id);  // until the end of this block
  log("begins");
  co_await load();                                     // a call sees it
  co_await tutti::gather(load());                      // so does what is started,
  co_await tutti::to_thread([] { log("on a thread"); });  // wherever it runs
}

tutti::task<> amain() {
  co_await handle("7");
  auto in_background = tutti::spawn(handle("8"));
  log("outside");
  co_await std::move(in_background);
  log("still outside");
}

int main() {
  tutti::run(amain());
  tutti::thread_pool pool{{.threads = 1}};
  const auto restore = request_id.set("main");
  pool.submit([] { log("in a pool"); }).get();
}

// Output:
// [7] begins
// [7] loaded
// [7] loaded
// [7] on a thread
// [-] outside
// [8] begins
// [8] loaded
// [8] loaded
// [8] on a thread
// [-] still outside
// [main] in a pool
