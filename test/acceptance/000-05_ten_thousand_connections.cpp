// 10 000 idle connections held by one thread; an echo round trip is still right.
// rows: 000-05 002-17
#include <tutti/tutti.hpp>

#include <dirent.h>
#include <sys/resource.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "acceptance.hpp"

int threads_now() {
  int n = 0;
  DIR* dir = opendir("/proc/self/task");
  while (const dirent* e = readdir(dir)) n += e->d_name[0] != '.' ? 1 : 0;
  closedir(dir);
  return n;
}

tutti::task<> echo(tutti::net::tcp_stream s) {
  while (auto line = co_await s.read_line()) co_await s.write(*line + "\n");
}

/// The other side: in a process of its own, so that neither needs more than 10 100 descriptors.
tutti::task<bool> hold_and_ask(std::uint16_t port, std::size_t wanted) {
  std::vector<tutti::net::tcp_stream> held;
  held.reserve(wanted);
  while (held.size() < wanted) held.push_back(co_await tutti::net::connect("127.0.0.1", port));
  for (std::size_t i = 0; i < held.size(); i += wanted / 10) {
    const std::string text = "hello " + std::to_string(i);
    co_await held[i].write(text + "\n");
    const auto back = co_await held[i].read_line();
    require(back == text, "an echo on one of many connections");
  }
  co_return held.size() == wanted;
}
void raise_limit() {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  require(files.rlim_cur >= 10'100, "this row needs 10 100 descriptors (ulimit -n)");
}
bool clients(std::uint16_t port, std::size_t wanted) {
  raise_limit();
  return tutti::run(hold_and_ask(port, wanted));
}

std::size_t open_now = 0;
std::size_t open_most = 0;

tutti::task<> counted_echo(tutti::net::tcp_stream s) {
  open_most = std::max(open_most, ++open_now);
  co_await echo(std::move(s));
  --open_now;
}

tutti::task<> amain(tutti::task_group& group, tutti::process_pool& other, std::size_t wanted) {
  auto listener = tutti::net::listen({"127.0.0.1", 0}, {.backlog = 1024});
  const std::uint16_t port = listener.local_endpoint().port();
  const int threads_before = threads_now();
  group.spawn(tutti::net::serve(std::move(listener), counted_echo, {.max_connections = 20'000}));
  require(co_await other.submit(clients, port, wanted), "every client was answered");
  std::printf("%zu connections at once, %d threads before and %d after\n", open_most,
              threads_before, threads_now());
  require(open_most == wanted, "all connections were open at the same time");
  require(threads_now() == threads_before && threads_before <= 3,
          "one thread, two helpers at most");
  group.cancel();
}

int main() {
  raise_limit();
  tutti::process_pool other{{.workers = 1}};
  tutti::run(tutti::with_task_group(amain, std::ref(other), std::size_t{10'000}));
}
