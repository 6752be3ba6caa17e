#include <tutti/runtime/to_thread.hpp>

#include <tutti/runtime/detail/blocking_pool.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::detail {

scheduler& blocking_threads() {
  const task_cell* const cell = running_cell();
  if (cell != nullptr && cell->run_scope != nullptr) {
    if (auto* const source = dynamic_cast<blocking_source*>(cell->run_scope)) {
      blocking_pool& own = source->blocking();
      own.prepare();
      return own;
    }
  }
  if (sys::current_world != nullptr) {
    throw error(
        "to_thread() was called outside a run: in a simulation its threads belong to a run");
  }
  // For coroutines of executors that were started by plain code. Joins its threads when the process
  // ends.
  static blocking_pool shared;
  shared.prepare();
  return shared;
}

void give_back_thread(scheduler& threads) noexcept {
  static_cast<blocking_pool&>(threads).not_coming();
}

}  // namespace tutti::detail
