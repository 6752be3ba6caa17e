// rows: 000-08 002-23 002-24
// links: tutti_cli_parts
// The choice of a model from told requirements: type of task, isolation, existing code, number at
// once. Every answer has a reason, and what not to use has one as well.
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <tutti/cli/advise/recommend.hpp>

namespace {

using namespace tutti::cli::advise;
using task = described_work::task;

struct row {
  const char* what;
  task kind;
  double at_once;  // 0: not told
  bool isolate;
  code_shape code;
  model expected;
};

const std::vector<row> table{
    {"I/O, thousands at once", task::io, 5000, false, code_shape::unknown, model::coroutines},
    {"I/O, thousands at once, asynchronous code", task::io, 5000, false, code_shape::async,
     model::coroutines},
    {"I/O, a few, blocking library", task::io, 10, false, code_shape::blocking, model::threads},
    {"I/O, hundreds, blocking code base", task::io, 200, false, code_shape::blocking,
     model::threads},
    {"I/O with isolation", task::io, 10, true, code_shape::unknown, model::processes},
    {"CPU, pure", task::cpu, 0, false, code_shape::unknown, model::threads},
    {"CPU, blocking code base", task::cpu, 0, false, code_shape::blocking, model::threads},
    {"CPU with isolation", task::cpu, 0, true, code_shape::unknown, model::processes},
    {"mixed", task::mixed, 0, false, code_shape::unknown, model::hybrid},
    {"mixed, asynchronous code", task::mixed, 0, false, code_shape::async, model::hybrid},
    {"mixed, blocking code base", task::mixed, 0, false, code_shape::blocking, model::threads},
};

}  // namespace

int main() {
  machine_facts m;
  m.cpus_seen = m.cpus_allowed = 4;
  m.effective_cores = 4;
  int wrong = 0;
  for (const row& r : table) {
    wishes w;
    if (r.at_once > 0) w.at_once = r.at_once;
    w.needs_isolation = r.isolate;
    w.code = r.code;
    const advice a = recommend_described({r.kind, 3}, m, w);
    bool has_reasons = !a.sentence.empty() && !a.arithmetic.empty() && !a.nots.empty();
    for (const refusal& n : a.nots) has_reasons = has_reasons && !n.why.empty();
    std::printf("%-44s %-11s %s\n", r.what, model_name(a.use), a.sentence.c_str());
    if (a.use == r.expected && has_reasons) continue;
    std::fprintf(stderr, "%s: expected %s with reasons, got %s\n", r.what, model_name(r.expected),
                 model_name(a.use));
    ++wrong;
  }
  return wrong == 0 ? 0 : 1;
}
