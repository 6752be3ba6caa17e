// The options of one command: what they are called, where their values go, and the help page made
// from them. Thin on purpose: the parser behind it (CLI11) is slow to compile and is included by
// options.cpp only.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tutti/cli/command.hpp>

namespace tutti::cli {

/// Declares options, parses, prints help and errors.
///
///     options o("advise", "what is this program waiting for?");
///     o.flag("-q,--quiet", quiet, "only the report");
///     o.rest("CMD", words, "the program and its arguments");
///     o.example("tutti advise -- make -j4", "watch a build");
///     if (const auto code = o.parse(args)) return *code;
///
/// `--help` is always there. An unknown option names the nearest one. Targets are written by
/// parse() only.
class options {
 public:
  options(std::string_view command_name, std::string_view summary);
  ~options();
  options(const options&) = delete;
  options& operator=(const options&) = delete;

  void flag(std::string_view names, bool& target, std::string_view help);
  void text(std::string_view names, std::string& target, std::string_view placeholder,
            std::string_view help);
  void number(std::string_view names, long long& target, std::string_view placeholder,
              std::string_view help, long long least, long long greatest);
  /// A length of time: 250us, 50ms, 30s, 2min, 1h; a bare number is seconds.
  void duration(std::string_view names, std::chrono::nanoseconds& target,
                std::string_view placeholder, std::string_view help);
  /// One word without a dash, in order of declaration.
  void positional(std::string_view name, std::string& target, std::string_view help);
  /// Any number of words without a dash; options may stand between them.
  void words(std::string_view name, arguments& target, std::string_view help);
  /// Everything after `--`; without positionals also everything from the first word that is no
  /// option.
  void rest(std::string_view name, arguments& target, std::string_view help);

  void example(std::string_view line, std::string_view what);
  void exit_code(std::string_view code, std::string_view meaning);
  void note(std::string_view paragraph);

  /// Empty when the command should go on, else the exit code: 0 after --help (on standard output),
  /// 2 after an error (on standard error).
  std::optional<int> parse(const arguments& args);

  std::string help() const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// Reads "250us", "50ms", "1.5s", "2min", "1h" or a bare number of seconds; empty for anything
/// else, negative or absurd.
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

}  // namespace tutti::cli
