// The `tutti` program. Everything it does is in run_program, so that tests can call it.
#include <cstdio>
#include <exception>

#include <tutti/cli/command.hpp>

int main(int argc, char** argv) {
  try {
    return tutti::cli::run_program({argv + (argc > 0 ? 1 : 0), argv + argc});
  } catch (const std::exception& e) {
    std::fprintf(stderr, "tutti: %s\n", e.what());
    return tutti::cli::exit_cannot;
  }
}
