/// \file
/// The smallest scheduler there can be, for tests of the seam: a list and a loop over it.
#pragma once

#include <tutti/base/list.hpp>
#include <tutti/core/scheduler.hpp>
#include <tutti/core/task_cell.hpp>

namespace tutti::detail {

/// Runs tasks on the thread that calls drain(). Has no clock: timers never fire.
class list_scheduler final : public scheduler {
 public:
  void schedule(task_cell& cell) noexcept override {
    ready_.push_back(&cell);
    ++scheduled;
  }
  void arm(timer&) noexcept override {}
  bool disarm(timer&) noexcept override { return true; }
  bool is_loop() const noexcept override { return true; }
  bool runs_here() const noexcept override { return running_scheduler() == this; }
  const char* label() const noexcept override { return "list"; }

  /// Runs what is ready until nothing is.
  void drain() noexcept {
    void* const former = sys::current.scheduler;
    sys::current.scheduler = static_cast<scheduler*>(this);
    while (task_cell* const next = ready_.pop_front()) next->run();
    sys::current.scheduler = former;
  }
  int scheduled = 0;

 private:
  chain<task_cell, &task_cell::next_ready> ready_;
};

/// Starts `t` there, as nobody's child.
template <class T>
future<T> start_on(list_scheduler& where, task<T> t) {
  return start_task<T>(where, nullptr, nullptr, false, std::move(t), {},
                       std::source_location::current());
}

}  // namespace tutti::detail
