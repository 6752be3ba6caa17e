#include <algorithm>
#include <cstdio>
#include <numeric>

#include <tutti/cli/command.hpp>

#ifndef TUTTI_CLI_VERSION
#define TUTTI_CLI_VERSION "unversioned"
#endif

namespace tutti::cli {
namespace {

// Edit distance where a swap of neighbours counts once: "adivse" is one slip from "advise".
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

std::string overview() {
  std::string text =
      "tutti - concurrency for C++20 in one vocabulary: threads, coroutines, processes\n\n"
      "usage: tutti COMMAND [OPTIONS]      tutti COMMAND --help shows options and examples\n\n";
  std::size_t width = 0;
  for (const command* c : all_commands()) width = std::max(width, c->name.size());
  for (const command* c : all_commands()) {
    text += "  " + std::string(c->name) + std::string(width + 3 - c->name.size(), ' ');
    text += std::string(c->help) + "\n";
  }
  text +=
      "\nfirst step:\n"
      "  tutti advise -- ./your-program     what is it waiting for, and which model fits\n\n"
      "exit codes: 0 done, 1 done and the answer is bad news, 2 wrong usage, 125 tutti could not "
      "do it\n"
      "(advise passes the exit code of your program through). NO_COLOR=1 switches colours off.\n";
  return text;
}

int unknown_command(const std::string& word) {
  std::vector<std::string_view> names;
  for (const command* c : all_commands()) names.push_back(c->name);
  const std::string_view near = nearest_name(word, names);
  std::string text = "tutti: there is no command '" + word + "'";
  if (!near.empty()) text += "; did you mean '" + std::string(near) + "'?";
  text += "\n       tutti --help lists the commands\n";
  std::fputs(text.c_str(), stderr);
  return exit_usage;
}

}  // namespace

std::string_view nearest_name(std::string_view word, std::span<const std::string_view> candidates) {
  constexpr std::size_t word_max =
      64;  // nobody mistypes a longer word, and the distance is quadratic
  if (word.empty() || word.size() > word_max) return {};
  std::string_view best;
  std::size_t best_distance =
      word.size() <= 4 ? 2 : 3;  // one below is what a slip of the hand can do
  if (word.size() > 8) best_distance = 4;
  for (const std::string_view candidate : candidates) {
    const bool is_start = word.size() >= 3 && candidate.starts_with(word);
    const std::size_t distance = is_start ? 1 : edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

namespace {

// What was printed has arrived only when it is flushed: a full disk must not look like success.
int told(int code) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  std::fputs("tutti: cannot write to standard output: is the disk full?\n", stderr);
  std::clearerr(stdout);
  return code == exit_ok ? exit_cannot : code;
}

}  // namespace

int run_program(const arguments& args) {
  if (args.empty()) {
    std::fputs(overview().c_str(), stderr);
    return exit_usage;
  }
  const std::string& first = args.front();
  if (first == "--help" || first == "-h" || (first == "help" && args.size() == 1)) {
    std::fputs(overview().c_str(), stdout);
    return told(exit_ok);
  }
  if (first == "--version" || first == "-V") {
    std::fputs("tutti " TUTTI_CLI_VERSION "\n", stdout);
    return told(exit_ok);
  }
  arguments rest(args.begin() + 1, args.end());
  std::string name = first;
  if (first == "help") {  // `tutti help advise` is `tutti advise --help`
    name = rest.front();
    rest = {"--help"};
  }
  for (const command* c : all_commands()) {
    if (c->name == name) return told(c->run(rest));
  }
  return unknown_command(name);
}

}  // namespace tutti::cli
