#include <tutti/cli/compare/workload.hpp>

namespace tutti::cli::compare {
int run_server(const arguments&) { return exit_cannot; }
}  // namespace tutti::cli::compare
