// rows: 004-19
// also under: asan
// The example suites for GoogleTest, Catch2 and doctest build and run: their sound tests pass.
#include "acceptance.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>

int main(int, char** argv) {
  const std::filesystem::path here = std::filesystem::absolute(argv[0]).parent_path();
  const struct {
    const char* framework;
    const char* all_but_planted;
  } suites[] = {{"gtest", "'--gtest_filter=-planted.*'"},
                {"catch2", "'~[planted]'"},
                {"doctest", "'--test-case-exclude=planted*'"}};
  for (const auto& s : suites) {
    const auto program = here.parent_path() / "adaptor" / (std::string("adaptor_") + s.framework);
    require(std::filesystem::exists(program), "the suite was built (packages: see tool/bootstrap)");
    const std::string line = "'" + program.string() + "' " + s.all_but_planted;
    require(std::system(line.c_str()) == 0, s.framework);
  }
  return 0;
}
