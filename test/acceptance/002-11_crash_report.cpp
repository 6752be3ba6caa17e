// A crash report names the function, a digest of its arguments, the pid and the signal.
// rows: 002-11
#include <tutti/tutti.hpp>

#include <csignal>
#include <string>
#include <vector>

#include <unistd.h>

#include "acceptance.hpp"

int own_pid() { return getpid(); }
void divide_the_indivisible(std::string what, int by) {
  if (!what.empty() && by == 0) std::raise(SIGFPE);
}

int main() {
  tutti::process_pool pool{{.workers = 1}};
  const int pid = pool.submit(own_pid).get();
  std::vector<std::string> reports;
  for (const char* const what : {"one", "one", "two"}) {
    try {
      pool.submit(divide_the_indivisible, what, 0).get();
      require(false, "the task of a worker that died fails");
    } catch (const tutti::worker_crashed& e) {
      require(e.signal() == SIGFPE, "the signal is told");
      reports.emplace_back(e.what());
      std::printf("%s\n", e.what());
    }
  }
  require(reports[0].find("divide_the_indivisible") != std::string::npos, "it names the function");
  require(reports[0].find(std::to_string(pid)) != std::string::npos, "it names the pid");
  require(reports[0].find("SIGFPE") != std::string::npos, "it names the signal");
  const auto digest = [](const std::string& report) {
    const std::size_t at = report.find("digest ");
    require(at != std::string::npos, "it has a digest of the arguments");
    return report.substr(at, 16);
  };
  require(digest(reports[0]) == digest(reports[1]), "equal arguments, equal digests");
  require(digest(reports[0]) != digest(reports[2]), "other arguments, other digests");
}
