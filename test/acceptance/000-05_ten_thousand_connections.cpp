// 10 000 idle connections held by one thread; an echo round trip is still right.
// rows: 000-05 002-17
#include <tutti/tutti.hpp>

#include <dirent.h>
#include <sys/resource.h>

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

tutti::task<> amain(tutti::task_group& group, std::size_t wanted) {
  auto listener = tutti::net::listen({"127.0.0.1", 0}, {.backlog = 1024});
  const std::uint16_t port = listener.local_endpoint().port();
  group.spawn(tutti::net::serve(std::move(listener), echo, {.max_connections = 20'000}));
  std::vector<tutti::net::tcp_stream> held;
  held.reserve(wanted);
  while (held.size() < wanted) held.push_back(co_await tutti::net::connect("127.0.0.1", port));
  for (std::size_t i = 0; i < held.size(); i += held.size() / 10) {
    const std::string text = "hello " + std::to_string(i);
    co_await held[i].write(text + "\n");
    const auto back = co_await held[i].read_line();
    require(back == text, "an echo on one of many connections");
  }
  std::printf("%zu connections, %d threads\n", held.size(), threads_now());
  require(threads_now() <= 3, "one thread and at most two fixed helpers");
  group.cancel();
}

int main() {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  require(files.rlim_cur >= 20'100, "this row needs 20 100 descriptors (ulimit -n)");
  tutti::run(tutti::with_task_group(amain, std::size_t{10'000}));
}
