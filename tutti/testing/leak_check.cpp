#include <tutti/testing/leak_check.hpp>

#include <algorithm>
#include <exception>
#include <string>
#include <vector>

#include <tutti/core/hook.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/sys/mutex.hpp>
#include <tutti/testing/detail/verdicts.hpp>

namespace tutti::detail {

/// Threads:  told from anywhere; asked by one.
/// Lifetime: from add_hook() to remove_hook().
/// Wakes:    nobody.
/// Order:    guarded by one lock.
/// Cancel:   cannot be.
class task_watch final : public hook {
 public:
  task_watch() {
    if (simulation* const world = simulation::here()) {
      world->reach_further();
      tasks_before_ = world->tasks_so_far();
      strands_before_ = world->strands_so_far();
    } else {
      add_hook(*this);
      attached_ = true;
    }
  }
  ~task_watch() override {
    if (attached_) remove_hook(*this);
  }

  /// Who is left, or nothing.
  std::string left() {
    const task_cell* const self = running_cell();
    if (!attached_) return simulation::here()->left_since(tasks_before_, strands_before_, self);
    std::string out;
    sys::lock hold(mu_);  // whoever ends now waits for this lock, so the cells are alive
    for (task_cell* cell : live_) {
      if (cell == self) continue;
      out += (out.empty() ? "task \"" : ", task \"") + cell->name_text() + '"';
    }
    return out;
  }

  void task_created(task_cell& cell) noexcept override {
    sys::lock hold(mu_);
    live_.push_back(&cell);
  }
  void task_finished(task_cell& cell, std::exception_ptr) noexcept override {
    sys::lock hold(mu_);
    std::erase(live_, &cell);
  }

 private:
  sys::mutex mu_;
  std::vector<task_cell*> live_ TUTTI_GUARDED_BY(mu_);
  std::uint64_t tasks_before_ = 0;
  std::uint32_t strands_before_ = 0;
  bool attached_ = false;
};

}  // namespace tutti::detail

namespace tutti::testing {

leak_check::leak_check(std::source_location where)
    : watch_(std::make_unique<detail::task_watch>()),
      where_(where),
      exceptions_(std::uncaught_exceptions()) {}

leak_check::~leak_check() noexcept(false) {
  const std::string left = watch_->left();
  watch_.reset();
  if (left.empty() || std::uncaught_exceptions() > exceptions_) return;
  detail::break_run(detail::verdict::leak, "leak: alive at the end of the leak_check at " +
                                               detail::place_text(where_) + ": " + left);
}

}  // namespace tutti::testing
