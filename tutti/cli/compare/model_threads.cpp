#include <tutti/cli/compare/models.hpp>

#include <tutti/thread/thread_pool.hpp>

namespace tutti::cli::compare {

model threads_model(const std::vector<piece>& pieces, unsigned workers) {
  model out;
  out.name = "threads";
  out.workers = workers;
  out.note = "thread_pool{{.threads = " + std::to_string(workers) + "}}.map(piece), blocking calls";
  out.run = [&pieces, workers] {
    thread_pool pool{{.threads = workers, .name = "compare"}};
    return pool.map(do_piece, pieces, {.chunk = 1}).get();
  };
  return out;
}

}  // namespace tutti::cli::compare
