#include <tutti/cli/compare/models.hpp>

#include <algorithm>

#include <tutti/sys/interrupt.hpp>
#include <tutti/sys/topology.hpp>

namespace tutti::cli::compare {

namespace {

constexpr unsigned waiting_usual = 8;   // how many wait at once where nobody said
constexpr unsigned processes_max = 64;  // more workers tell nothing new and cost much memory

}  // namespace

model sequential_model(const std::vector<piece>& pieces) {
  model out;
  out.name = "sequential";
  out.note = "one after the other on one thread, blocking";
  out.run = [&pieces] {
    std::vector<item_result> results;
    results.reserve(pieces.size());
    for (const piece& p : pieces) {
      if (sys::interrupt_watch::requested() != 0) break;
      results.push_back(do_piece(p));
    }
    return results;
  };
  return out;
}

std::vector<model> models_for(const request& wanted, const workload& work) {
  const std::vector<piece>& pieces = work.pieces;
  const unsigned cores = sys::effective_cores();
  const auto all = static_cast<unsigned>(std::min<std::size_t>(pieces.size(), 4096));
  std::vector<unsigned> widths = wanted.workers;
  if (widths.empty() && wanted.what == kind::crunch) widths = {cores};
  if (widths.empty()) widths = {std::min(waiting_usual, all)};
  if (wanted.workers.empty() && wanted.what == kind::fetch && all > widths.back())
    widths.push_back(all);

  std::vector<model> out;
  out.push_back(sequential_model(pieces));
  bool first = true;
  for (const unsigned width : widths) {
    // One row of worker processes is enough where they only wait; where they compute, each width is
    // a question.
    if ((first || wanted.what == kind::crunch || !wanted.workers.empty()) &&
        width <= processes_max) {
      out.push_back(processes_model(pieces, width));
    }
    out.push_back(threads_model(pieces, width));
    if (first || wanted.what != kind::crunch) out.push_back(coroutines_model(pieces, width));
    if (wanted.what == kind::mixed) {
      out.push_back(hybrid_threads_model(pieces, width, cores));
      out.push_back(hybrid_processes_model(pieces, width, cores));
    }
    first = false;
  }
  return out;
}

}  // namespace tutti::cli::compare
