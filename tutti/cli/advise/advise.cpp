// `tutti advise`: what is this program waiting for, and which model fits?
#include <tutti/cli/command.hpp>
#include <tutti/cli/options.hpp>

namespace tutti::cli {
namespace {

int run_advise(const arguments& args) {
  arguments words;
  options o("advise", "what is this program waiting for, and which model fits?");
  o.rest("CMD", words, "the program to watch and its arguments");
  if (const auto code = o.parse(args)) return *code;
  return exit_cannot;
}

}  // namespace

extern const command advise_command;
const command advise_command{"advise", "what is a program waiting for, and which model fits",
                             run_advise};

}  // namespace tutti::cli
