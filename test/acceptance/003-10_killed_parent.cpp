// A parent killed with SIGKILL leaves no child and no shared memory behind, within two seconds.
// rows: 003-10
// timed: bounds a duration or a ratio of durations
#include <tutti/tutti.hpp>

#include <csignal>
#include <cstring>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <dirent.h>
#include <unistd.h>

#include "acceptance.hpp"

std::set<std::string> named_memory() {
  std::set<std::string> found;
  if (DIR* const folder = ::opendir("/dev/shm")) {
    while (const dirent* const entry = ::readdir(folder)) found.insert(entry->d_name);
    ::closedir(folder);
  }
  return found;
}

/// Not even a zombie counts as alive: that waits for whoever adopted it.
bool is_alive(int pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(in, line);
  const std::size_t close = line.rfind(')');
  return close != std::string::npos && line.size() > close + 2 && line[close + 2] != 'Z';
}

int be_the_parent() {
  tutti::process_pool pool{{.workers = 3}};
  tutti::shared_array<int> array{1 << 20};
  tutti::process_queue<int> queue{1 << 16};
  auto busy = pool.submit([](tutti::shared_array<int> a) {
    for (;;) a.span()[0] = a.span()[1];
  }, array);
  const auto fork_one = [] {
    if (::fork() == 0)
      for (;;) ::pause();
    return 0;
  };
  pool.submit(fork_one).get();
  std::vector<int> children;
  while (children.size() < 4) {  // the zygote and three workers, the last of them on its way
    children.clear();
    std::ifstream in("/proc/self/task/" + std::to_string(getpid()) + "/children");
    for (int pid = 0; in >> pid;) children.push_back(pid);
  }
  for (const int pid : children) std::printf("%d ", pid);
  std::printf("\n");
  std::fflush(stdout);
  ::pause();
  return 0;
}

tutti::task<> kill_the_parent(std::string program) {
  std::vector<std::string> argv{program, "parent"};
  auto parent = tutti::subprocess::start(argv);
  const auto line = co_await parent.out().read_line();
  require(line.has_value(), "the parent tells its children");
  std::vector<int> pids;
  for (const char* at = line->c_str(); *at != '\0';) {
    char* end = nullptr;
    pids.push_back(static_cast<int>(std::strtol(at, &end, 10)));
    at = end;
    while (*at == ' ') ++at;
  }
  require(pids.size() == 4, "three workers and the zygote");
  ::kill(parent.pid(), SIGKILL);
  const stopwatch since;
  const tutti::exit_status how = co_await parent.wait();
  require(how.signal() == SIGKILL, "the parent was killed");
  for (const int pid : pids) {
    while (is_alive(pid)) {
      require(since.ms() < 2000, "every child is gone within two seconds");
      co_await tutti::sleep(std::chrono::microseconds(100));
    }
  }
  std::printf("%zu children gone after %.2f ms\n", pids.size(), since.ms());
}

int main(int count, char** words) {
  if (count > 1 && std::strcmp(words[1], "parent") == 0) return be_the_parent();
  const auto before = named_memory();
  for (int round = 0; round < 5; ++round) tutti::run(kill_the_parent("/proc/self/exe"));
  require(named_memory() == before, "no named memory is left");
}
