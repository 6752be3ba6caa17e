/// \file
/// What `tutti doctor` says: facts gathered elsewhere, judged here. Pure, so that a test can be any
/// machine.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tutti/sys/machine_facts.hpp>

namespace tutti::cli::doctor {

/// Pressure of one resource: the share of the last minute in which somebody had to wait for it, in
/// percent.
struct pressure {
  std::string_view resource;
  std::optional<double> some_avg60;  ///< empty: the kernel does not tell
};

/// Reads "some avg10=0.00 avg60=1.25 …" out of a /proc/pressure file; empty for anything else.
[[nodiscard]] std::optional<double> read_pressure(std::string_view text);

/// Everything a diagnosis starts from.
struct symptoms {
  std::string version;
  std::string compiler;
  std::string standard_library;
  std::string build;
  sys::machine_facts machine;
  unsigned cpus_seen = 1;
  double effective_cores = 1;
  std::vector<pressure> pressures;
};

enum class verdict { fine, note, bad };

struct finding {
  std::string name;  ///< a word, the same in every version: also the key in JSON
  std::string value;
  verdict says = verdict::fine;
  std::string advice;  ///< what it means or what to do; empty when fine
};

[[nodiscard]] std::vector<finding> examine(const symptoms& what);

/// One block to paste into a report: "name   value" lines, then the advice.
[[nodiscard]] std::string as_text(const std::vector<finding>& findings);
[[nodiscard]] std::string as_json(const std::vector<finding>& findings);

}  // namespace tutti::cli::doctor
