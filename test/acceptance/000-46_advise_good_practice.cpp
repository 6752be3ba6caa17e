// rows: 000-46
// also under: asan tsan
// Every practice in docs/guide/choosing.md names a program that exists among those built with every
// change.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

int main() {
  namespace fs = std::filesystem;
  const fs::path guide = fs::path(TUTTI_SOURCE_DIR) / "docs/guide/choosing.md";
  std::ifstream in(guide);
  std::string line;
  bool is_inside = false;
  int practices = 0, wrong = 0;
  while (std::getline(in, line)) {
    if (line.starts_with("## ")) is_inside = line == "## Good practice";
    if (!is_inside || !line.starts_with("| ") || line.starts_with("| practice")) continue;
    ++practices;
    const std::size_t open = line.find("](");
    const std::size_t close = line.find(')', open);
    const std::string target = open == line.npos ? "" : line.substr(open + 2, close - open - 2);
    const fs::path program = guide.parent_path() / target;
    const bool is_built =
        target.find("/test/") != target.npos || target.find("/example/") != target.npos;
    if (!target.empty() && is_built && program.extension() == ".cpp" && fs::exists(program))
      continue;
    std::fprintf(stderr, "no program: %s\n", line.c_str());
    ++wrong;
  }
  std::printf("%d practices, each with its program\n", practices);
  return practices >= 4 && wrong == 0 ? 0 : 1;
}
