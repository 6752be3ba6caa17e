#pragma once

#include <dirent.h>
#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

/// Every process whose parent is this one, visible to wait() or not.
inline std::vector<int> children() {
  std::vector<int> found;
  DIR* processes = ::opendir("/proc");
  while (const dirent* entry = ::readdir(processes)) {
    const int pid = std::atoi(entry->d_name);
    if (pid <= 0) continue;
    const std::string path = "/proc/" + std::to_string(pid) + "/stat";
    FILE* stat = std::fopen(path.c_str(), "r");
    if (stat == nullptr) continue;
    char text[512] = {};
    const std::size_t length = std::fread(text, 1, sizeof text - 1, stat);
    std::fclose(stat);
    const std::string line(text, length);
    const std::size_t close = line.rfind(')');
    char state = 0;
    int parent = 0;
    if (close != line.npos &&
        std::sscanf(line.c_str() + close + 1, " %c %d", &state, &parent) == 2 &&
        parent == ::getpid())
      found.push_back(pid);
  }
  ::closedir(processes);
  return found;
}
