// From a verdict to advice: which model, how many, why, what not, what next. Pure: the same input,
// the same words.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tutti/cli/advise/classify.hpp>

namespace tutti::cli::advise {

enum class model : unsigned char { none, threads, coroutines, processes, hybrid, keep };
const char* model_name(model m);

enum class code_shape : unsigned char { unknown, blocking, async };

/// What the user told us: nothing of it is ever guessed.
struct wishes {
  std::optional<double> load_per_s;  ///< --load
  std::optional<double> latency_s;   ///< --latency: time one item takes
  std::optional<double> at_once;     ///< --tasks: items in flight
  bool needs_isolation = false;      ///< --isolate: a crash of one item must not hurt the others
  code_shape code = code_shape::unknown;
};

struct refusal {
  std::string what;
  std::string why;
};

struct advice {
  model use = model::none;
  double size = 0;  ///< workers or items in flight; 0: no number can be given
  bool is_provisional = false;
  std::string sentence;  ///< what to use
  std::vector<std::string> arithmetic;
  std::vector<refusal> nots;
  std::string next;  ///< the command to try
  std::vector<std::string> caveats;
  // The articles' four questions.
  std::string type_of_task;
  std::string resources;
  std::string expected_load;
  std::string code;
};

/// Figures from which the memory arithmetic is made, measured on a two-core Debian 12 machine.
namespace cost {
inline constexpr double thread_bytes = 12.5 * 1024;
inline constexpr double coroutine_bytes = 0.3 * 1024;
inline constexpr double thread_create_us = 22;
inline constexpr double fork_us = 800;
inline constexpr double threads_reasonable_max = 256;  ///< above it coroutines
}  // namespace cost

advice recommend(const verdict& v, const figures& f, const machine_facts& m, const wishes& w);

/// The same without a program: the kind of work is told instead of measured.
struct described_work {
  enum class task { io, cpu, mixed } what = task::io;
  double wait_per_compute = 19;  ///< for mixed
};
advice recommend_described(const described_work& work, const machine_facts& m, const wishes& w);

/// What no observation of one run can tell; printed below every report.
const std::vector<std::string>& cannot_know();

}  // namespace tutti::cli::advise
