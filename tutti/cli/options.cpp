#include <tutti/cli/options.hpp>

#include <algorithm>
#include <cstdio>
#include <deque>

#include <CLI/CLI.hpp>

namespace tutti::cli {

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::string digits(text.substr(0, end));
  const std::string_view unit = text.substr(end);
  if (digits.empty() || digits == "." || std::count(digits.begin(), digits.end(), '.') > 1)
    return {};
  if (digits.size() > 18) return {};
  double scale = 1e9;
  if (unit == "ns")
    scale = 1;
  else if (unit == "us")
    scale = 1e3;
  else if (unit == "ms")
    scale = 1e6;
  else if (unit == "s" || unit.empty())
    scale = 1e9;
  else if (unit == "m" || unit == "min")
    scale = 60e9;
  else if (unit == "h")
    scale = 3600e9;
  else
    return {};
  const double ns = std::stod(digits) * scale;
  if (ns > 9.0e18) return {};  // 285 years: the representable limit, and nobody waits that long
  return std::chrono::nanoseconds(static_cast<long long>(ns));
}

struct options::state {
  struct row {
    std::string left;
    std::string right;
  };
  std::string command_name;
  std::string summary;
  CLI::App app;
  std::vector<row> option_rows;
  std::vector<row> positional_rows;
  std::vector<row> example_rows;
  std::vector<row> exit_rows;
  std::vector<std::string> notes;
  std::deque<std::string> names;  // long and short names, for nearest_name
  arguments* rest = nullptr;
  row rest_row;

  void remember(std::string_view all, std::string_view placeholder, std::string_view help) {
    std::string left;
    std::string_view left_over = all;
    while (!left_over.empty()) {
      const std::size_t comma = std::min(left_over.find(','), left_over.size());
      names.emplace_back(left_over.substr(0, comma));
      left += (left.empty() ? "" : ", ") + names.back();
      left_over.remove_prefix(std::min(comma + 1, left_over.size()));
    }
    if (!placeholder.empty()) left += " " + std::string(placeholder);
    option_rows.push_back({left, std::string(help)});
  }

  int complain(const std::string& what) const {
    const std::string text = "tutti " + command_name + ": " + what + "\n       tutti " +
                             command_name + " --help shows the options\n";
    std::fputs(text.c_str(), stderr);
    return exit_usage;
  }

  int unknown(const std::string& word) const {
    const std::string name = word.substr(0, word.find('='));
    const std::vector<std::string_view> candidates(names.begin(), names.end());
    const std::string_view near = nearest_name(name, candidates);
    std::string what = "there is no option '" + name + "'";
    if (!name.starts_with("-"))
      what = "'" + name + "' is one word too many";
    else if (!near.empty())
      what += "; did you mean '" + std::string(near) + "'?";
    return complain(what);
  }
};

options::options(std::string_view command_name, std::string_view summary)
    : state_(std::make_unique<state>()) {
  state_->command_name = command_name;
  state_->summary = summary;
  state_->app.set_help_flag();
  state_->names.emplace_back("--help");
}

options::~options() = default;

void options::flag(std::string_view names, bool& target, std::string_view help) {
  state_->remember(names, "", help);
  state_->app.add_flag(std::string(names), target, std::string(help));
}

void options::text(std::string_view names, std::string& target, std::string_view placeholder,
                   std::string_view help) {
  state_->remember(names, placeholder, help);
  state_->app.add_option(std::string(names), target, std::string(help))->take_last();
}

void options::number(std::string_view names, long long& target, std::string_view placeholder,
                     std::string_view help, long long least, long long greatest) {
  state_->remember(names, placeholder, help);
  const auto within = [least, greatest](const std::string& word) -> std::string {
    long long value = 0;
    if (CLI::detail::lexical_cast(word, value) && value >= least && value <= greatest) return {};
    return "'" + word + "' is not a whole number from " + std::to_string(least) + " to " +
           std::to_string(greatest);
  };
  state_->app.add_option(std::string(names), target, std::string(help))->take_last()->check(within);
}

void options::duration(std::string_view names, std::chrono::nanoseconds& target,
                       std::string_view placeholder, std::string_view help) {
  state_->remember(names, placeholder, help);
  const auto read = [&target](const std::string& word) {
    const auto parsed = parse_duration(word);
    if (!parsed) {
      throw CLI::ValidationError("'" + word +
                                 "' is not a length of time (write 250us, 50ms, 30s, 2min)");
    }
    target = *parsed;
  };
  state_->app.add_option_function<std::string>(std::string(names), read, std::string(help))
      ->take_last();
}

void options::positional(std::string_view name, std::string& target, std::string_view help) {
  state_->positional_rows.push_back({std::string(name), std::string(help)});
  state_->app.add_option(std::string(name), target, std::string(help));
}

void options::words(std::string_view name, arguments& target, std::string_view help) {
  state_->positional_rows.push_back({std::string(name), std::string(help)});
  state_->app.add_option("words", target, std::string(help));
}

void options::rest(std::string_view name, arguments& target, std::string_view help) {
  state_->rest = &target;
  state_->rest_row = {std::string(name), std::string(help)};
}

void options::example(std::string_view line, std::string_view what) {
  state_->example_rows.push_back({std::string(line), std::string(what)});
}

void options::exit_code(std::string_view code, std::string_view meaning) {
  state_->exit_rows.push_back({std::string(code), std::string(meaning)});
}

void options::note(std::string_view paragraph) { state_->notes.emplace_back(paragraph); }

std::optional<int> options::parse(const arguments& args) {
  const auto dashes = std::find(args.begin(), args.end(), "--");
  arguments ours(args.begin(), dashes);
  const bool takes_words = state_->rest != nullptr && state_->positional_rows.empty();
  if (takes_words) {
    state_->app.prefix_command(true);
  } else {
    state_->app.allow_extras(true);
  }
  // `--help` counts only before the command's own words: `tutti advise -- ls --help` is for ls.
  std::reverse(ours.begin(), ours.end());  // the order CLI11 wants
  const auto wants_help = [&args, dashes] {
    return std::any_of(args.begin(), dashes,
                       [](const std::string& w) { return w == "--help" || w == "-h"; });
  };
  arguments remaining;
  try {
    state_->app.parse(ours);
    remaining = state_->app.remaining();
  } catch (const CLI::ParseError& e) {
    if (wants_help()) {
      std::fputs(help().c_str(), stdout);
      return exit_ok;
    }
    return state_->complain(e.what());
  }
  const bool help_is_ours =
      takes_words
          ? (!remaining.empty() && (remaining.front() == "--help" || remaining.front() == "-h"))
          : wants_help();
  if (help_is_ours) {
    std::fputs(help().c_str(), stdout);
    return exit_ok;
  }
  if (!remaining.empty() && (!takes_words || remaining.front().starts_with("-"))) {
    return state_->unknown(remaining.front());
  }
  if (dashes != args.end() && state_->rest == nullptr) {
    return state_->complain("takes no program after '--'");
  }
  if (state_->rest != nullptr) {
    *state_->rest = remaining;
    // Behind a word of the program's own, `--` is the program's too.
    const auto from = remaining.empty() && dashes != args.end() ? dashes + 1 : dashes;
    state_->rest->insert(state_->rest->end(), from, args.end());
  }
  return {};
}

std::string options::help() const {
  const state& s = *state_;
  std::string text =
      "tutti " + s.command_name + " - " + s.summary + "\n\nusage: tutti " + s.command_name;
  text += " [OPTIONS]";
  for (const auto& p : s.positional_rows) text += " " + p.left;
  if (s.rest != nullptr) text += " -- " + s.rest_row.left + "...";
  text += "\n";
  const auto section = [&text](std::string_view title, const std::vector<state::row>& rows) {
    if (rows.empty()) return;
    std::size_t width = 0;
    for (const auto& r : rows) width = std::max(width, std::min<std::size_t>(r.left.size(), 44));
    text += "\n" + std::string(title) + ":\n";
    for (const auto& r : rows) {
      const std::size_t pad = r.left.size() < width ? width - r.left.size() : 0;
      text += "  " + r.left + std::string(pad + 3, ' ') + r.right + "\n";
    }
  };
  std::vector<state::row> words = s.positional_rows;
  if (s.rest != nullptr) words.push_back(s.rest_row);
  section("arguments", words);
  std::vector<state::row> rows = s.option_rows;
  rows.push_back({"--help", "this page"});
  section("options", rows);
  section("examples", s.example_rows);
  section("exit codes", s.exit_rows);
  for (const auto& n : s.notes) text += "\n" + n + "\n";
  return text;
}

}  // namespace tutti::cli
