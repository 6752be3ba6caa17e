// `tutti doctor`: what tutti finds on this machine, in one block to paste into a report.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>

#include <tutti/base/config.hpp>
#include <tutti/cli/command.hpp>
#include <tutti/cli/compare/effective_cores.hpp>
#include <tutti/cli/doctor/examine.hpp>
#include <tutti/cli/html_page.hpp>
#include <tutti/cli/options.hpp>

#ifndef TUTTI_CLI_VERSION
#define TUTTI_CLI_VERSION "unversioned"
#endif

namespace tutti::cli {
namespace doctor {
namespace {

std::string compiler_words() {
#if defined(__clang__)
  const std::string name = "clang " __clang_version__;
#else
  const std::string name = "g++ " __VERSION__;
#endif
  return name + (TUTTI_TAIL_CALLS != 0 ? ", symmetric transfer is a tail call"
                                       : ", awaiting keeps a depth budget");
}

std::string build_words() {
#if defined(__OPTIMIZE__)
  std::string out = "optimised";
#else
  std::string out = "not optimised";
#endif
#if !defined(NDEBUG)
  out += ", with asserts";
#endif
#if defined(TUTTI_ASAN)
  out += ", address sanitizer";
#endif
#if defined(TUTTI_TSAN)
  out += ", thread sanitizer";
#endif
  return out + ", C++" + std::to_string(__cplusplus / 100 % 100);
}

std::optional<double> pressure_from(const std::string& path) {
  std::ifstream in(path);
  if (!in) return std::nullopt;
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return read_pressure(text);
}

symptoms look() {
  symptoms out;
  out.version = TUTTI_CLI_VERSION;
  out.compiler = compiler_words();
  out.standard_library = "libstdc++ " + std::to_string(_GLIBCXX_RELEASE);
  out.build = build_words();
  out.machine = sys::look_at_machine();
  const compare::cores_found cores = compare::measure_cores();
  out.cpus_seen = cores.seen;
  out.effective_cores = cores.effective;
  for (const char* resource : {"cpu", "io", "memory"}) {
    out.pressures.push_back({resource, pressure_from(std::string("/proc/pressure/") + resource)});
  }
  return out;
}

int run_doctor(const arguments& args) {
  bool json = false;
  options o("doctor", "what tutti finds on this machine, in one block to paste into a report");
  o.flag("--json", json, "print JSON");
  o.example("tutti doctor", "before reporting a problem");
  o.exit_code("0", "nothing to mend");
  o.exit_code("1", "something keeps tutti from working; it says what");
  if (const auto code = o.parse(args)) return *code;
  const std::vector<finding> findings = examine(look());
  if (const std::string problem = write_report("-", json ? as_json(findings) : as_text(findings));
      !problem.empty()) {
    std::fprintf(stderr, "tutti doctor: %s\n", problem.c_str());
    return exit_cannot;
  }
  const bool bad = std::any_of(findings.begin(), findings.end(),
                               [](const finding& f) { return f.says == verdict::bad; });
  return bad ? exit_problem : exit_ok;
}

}  // namespace
}  // namespace doctor

extern const command doctor_command;
const command doctor_command{"doctor", "what tutti finds on this machine, to paste into a report",
                             doctor::run_doctor};

}  // namespace tutti::cli
