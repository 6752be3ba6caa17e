// No guard is needed: workers do not run main again; there are exactly as many children as asked
// for, and the zygote; they hold nothing of ours but what they were given.
// rows: 001-08 003-08
#include <tutti/tutti.hpp>

#include <fstream>
#include <string>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "acceptance.hpp"

std::vector<int> children() {
  std::ifstream in("/proc/self/task/" + std::to_string(getpid()) + "/children");
  std::vector<int> found;
  for (int pid = 0; in >> pid;) found.push_back(pid);
  return found;
}
std::vector<std::string> open_files() {
  std::vector<std::string> found;
  DIR* const folder = ::opendir("/proc/self/fd");
  while (const dirent* const entry = ::readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    const int fd = std::stoi(entry->d_name);
    if (fd <= 2 || fd == ::dirfd(folder)) continue;
    char target[256] = {};
    if (::readlink(("/proc/self/fd/" + std::string(entry->d_name)).c_str(), target, 255) > 0)
      found.emplace_back(target);
  }
  ::closedir(folder);
  return found;
}

int main() {
  std::printf("main runs in %d\n", getpid());
  std::fflush(stdout);
  const std::size_t before = children().size();  // the zygote
  require(before <= 1, "at most the zygote is there before the first pool");
  // Ours, and not close-on-exec on purpose.
  const int mine = ::open("/proc/self/cmdline", O_RDONLY);
  tutti::process_pool pool{{.workers = 3}};
  require(children().size() == before + 3, "three workers, three children");
  int declared = 0;
  for (const std::string& file : pool.submit(open_files).get()) {
    std::printf("a worker has %s\n", file.c_str());
    require(file.find("cmdline") == std::string::npos, "a worker holds no file of ours");
    require(file.find("tutti-") != std::string::npos || file.find("eventfd") != std::string::npos,
            "only shared memory and the bell");
    ++declared;
  }
  require(declared <= 4, "no more than declared");
  std::vector<std::string> ls{"ls", "/proc/self/fd"};
  const tutti::completed listed = tutti::run(tutti::run_command(ls));
  require(listed.out == "0\n1\n2\n3\n", "a program sees 0, 1, 2 and its own look at the folder");
  pool.shutdown();
  require(children().size() == before, "and nothing is left of them");
  ::close(mine);
}
