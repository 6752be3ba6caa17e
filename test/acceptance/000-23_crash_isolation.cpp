// A worker that dies by SIGSEGV fails only its own task; children work on copies; the parent's
// memory is its own; a pool maps squares with several workers and leaves no child behind.
// rows: 000-23 000-24 001-06 001-07 002-22
#include <tutti/tutti.hpp>

#include <csignal>
#include <ranges>
#include <set>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include "acceptance.hpp"

void crash() { std::raise(SIGSEGV); }
int compute_square(int x) { return x * x; }
int own_pid() {
  usleep(1000);
  return getpid();
}
std::size_t grow(std::vector<int> copy) {
  copy.push_back(4);
  return copy.size();
}

int main() {
  {
    tutti::process_pool pool{{.workers = 4}};
    std::vector<int> mine{1, 2, 3};
    require(pool.submit(grow, mine).get() == 4, "the child changed its copy");
    require(mine.size() == 3, "the parent's vector is unchanged");
    bool crashed = false;
    auto doomed = pool.submit(crash);
    auto sibling = pool.submit(compute_square, 5);
    try {
      doomed.get();
    } catch (const tutti::worker_crashed& e) {
      crashed = e.signal() == SIGSEGV;
      std::printf("%s\n", e.what());
      require(std::string(e.what()).find("signal 11") != std::string::npos,
              "the message names the signal");
    }
    require(crashed, "the task of a dead worker fails with its signal");
    require(sibling.get() == 25, "a sibling is not affected");
    const std::vector<int> wanted{0, 1, 4, 9, 16, 25, 36, 49, 64, 81};
    require(pool.map(compute_square, std::views::iota(0, 10)).get() == wanted,
            "the next jobs are served");
    std::set<int> pids;
    std::vector<tutti::future<int>> asked;
    for (int i = 0; i < 64; ++i) asked.push_back(pool.submit(own_pid));
    for (auto& f : asked) pids.insert(f.get());
    require(pids.size() >= 2 && !pids.contains(getpid()), "several worker processes took part");
  }
  require(waitpid(-1, nullptr, WNOHANG) == -1, "no child is left afterwards");
}
