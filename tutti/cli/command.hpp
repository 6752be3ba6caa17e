// What a command of the `tutti` program is. Each command lives in its own folder, exports one
// `const command`, and has one line in the table of commands.cpp; nothing registers itself before
// main.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tutti::cli {

/// The words after the command's name, as the shell gave them.
using arguments = std::vector<std::string>;

struct command {
  std::string_view name;
  std::string_view help;  ///< one line, shown by `tutti --help`
  int (*run)(const arguments& args);
};

/// Exit codes every command shares; a command that passes a child's status through says so in its
/// help.
inline constexpr int exit_ok = 0;
inline constexpr int exit_problem =
    1;  ///< it worked and the answer is bad news (doctor, compare with unequal results)
inline constexpr int exit_usage = 2;  ///< the command line makes no sense; nothing was run
inline constexpr int exit_cannot =
    125;  ///< tutti itself could not do it (as env, timeout and nohup answer)
inline constexpr int exit_not_runnable = 126;  ///< the program exists and cannot be executed
inline constexpr int exit_not_found = 127;     ///< the program does not exist

/// All commands, in the order `tutti --help` shows them.
std::span<const command* const> all_commands();

/// The whole program: finds the command and runs it. `main` only calls this.
int run_program(const arguments& args);

/// The candidate nearest to `word` by edit distance, or empty when none is near enough to be meant.
std::string_view nearest_name(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace tutti::cli
