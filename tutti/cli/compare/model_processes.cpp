#include <tutti/cli/compare/models.hpp>

#include <tutti/cli/compare/run_watched.hpp>
#include <tutti/process/process_pool.hpp>

namespace tutti::cli::compare {

namespace {

task<item_result> piece_in_process(const piece* what, process_pool* pool) {
  item_result out;
  try {
    future<item_result> result = pool->submit(do_piece, *what);
    out = co_await std::move(result);
  } catch (const std::exception& failure) {
    const std::int64_t now = now_ns();
    out = failed_piece(*what, failure.what());
    sign(out, now);
  }
  co_return out;
}

}  // namespace

model processes_model(const std::vector<piece>& pieces, unsigned workers) {
  model out;
  out.name = "processes";
  out.workers = workers;
  out.note =
      "process_pool{{.workers = " + std::to_string(workers) + "}}.submit(piece), blocking calls";
  out.run = [&pieces, workers] {
    process_pool pool{{.workers = workers, .name = "compare"}};
    std::vector<task<item_result>> tasks;
    tasks.reserve(pieces.size());
    for (const piece& p : pieces) tasks.push_back(piece_in_process(&p, &pool));
    return run_watched(std::move(tasks));
  };
  return out;
}

}  // namespace tutti::cli::compare
