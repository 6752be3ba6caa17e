#include <tutti/cli/compare/models.hpp>

#include <tutti/sys/interrupt.hpp>

namespace tutti::cli::compare {

model sequential_model(const std::vector<piece>& pieces) {
  model out;
  out.name = "sequential";
  out.note = "one after the other on one thread, blocking";
  out.run = [&pieces] {
    std::vector<item_result> results;
    results.reserve(pieces.size());
    for (const piece& j : pieces) {
      if (sys::interrupt_watch::requested() != 0) break;
      results.push_back(do_piece(j));
    }
    return results;
  };
  return out;
}

std::vector<model> models_for(const request&, const workload& work) {
  std::vector<model> out;
  out.push_back(sequential_model(work.pieces));
  return out;
}

}  // namespace tutti::cli::compare
