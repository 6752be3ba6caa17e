#include <tutti/core/spawn.hpp>

namespace tutti::detail {

root_scope& current_run(const char* who) {
  task_cell* const cell = running_cell();
  if (cell == nullptr || cell->run_scope == nullptr) {
    throw error(std::string(who) +
                "() was called outside a run: call it in a coroutine under tutti::run, or submit "
                "to an executor");
  }
  return *cell->run_scope;
}

}  // namespace tutti::detail
