#include <tutti/cli/compare/run_watched.hpp>

#include <utility>

#include <tutti/core/gather.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/task_group.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/sys/interrupt.hpp>

namespace tutti::cli::compare {

namespace {

constexpr duration look_around = std::chrono::milliseconds(50);  // how often a loop asks for Ctrl-C

// Asks for Ctrl-C now and then, and ends the whole group when it came.
task<> watch(task_group* group) {
  while (sys::interrupt_watch::requested() == 0) co_await sleep(look_around);
  group->cancel();
}

task<> gather_watched(task_group& group, std::vector<task<item_result>> tasks,
                      std::vector<item_result>* results) {
  auto watcher = group.spawn(watch(&group));
  *results = co_await gather(std::move(tasks));
  watcher.cancel();
}

}  // namespace

std::vector<item_result> run_watched(std::vector<task<item_result>> tasks) {
  std::vector<item_result> results;
  run_options options;
  options.handle_sigint = false;  // compare itself listens
  options.debug = false;
  run(with_task_group(gather_watched, std::move(tasks), &results), options);
  return results;
}

}  // namespace tutti::cli::compare
