/// \file
/// Entering and leaving a scope inside a task's frames, with the timer of its deadline.
#pragma once

#include <tutti/core/task.hpp>

namespace tutti::detail {

/// Gives a coroutine its own cell: `task_cell& self = co_await this_cell();` Never suspends.
class this_cell : public native_awaiter {
 public:
  this_cell() noexcept {}
  bool await_ready() const noexcept { return false; }
  template <std::derived_from<promise_base> Promise>
  bool await_suspend(std::coroutine_handle<Promise> h) noexcept {
    cell_ = h.promise().cell;
    return false;
  }
  task_cell& await_resume() const noexcept { return *cell_; }

 private:
  task_cell* cell_ = nullptr;
};

/// The timer of a scope's deadline: cancels the scope when it fires.
///
/// Threads:  set() and stop() by the owning task; fires on a thread of its scheduler.
/// Lifetime: stop() returns when the firing, if it began, is over.
/// Wakes:    whoever waits in the scope.
/// Order:    as cancel_node.
/// Cancel:   stop().
class scope_timer : private timer {
 public:
  scope_timer(cancel_node& node, scheduler& where) noexcept
      : timer(&expire), node_(node), where_(where) {}
  ~scope_timer() { stop(); }
  void set(time_point when_due) noexcept;
  void stop() noexcept;

 private:
  enum : unsigned char { idle, armed, fired };
  static void expire(timer& t) noexcept;
  cancel_node& node_;
  scheduler& where_;
  sys::atomic<unsigned char> state_{idle};
};

/// Inside from construction to destruction; both by the task itself.
class entered_scope {
 public:
  /// A scope that ends at `limit` (max: never by itself).
  entered_scope(task_cell& self, cancel_node& node, time_point limit) noexcept
      : self_(self), node_(node), timer_(node, *self.where), former_deadline_(self.deadline_near) {
    if (limit != time_point::max()) node_.start_deadline(limit);
    self_.enter_scope(node_, node.kind_is_shield()
                                 ? limit
                                 : (limit < former_deadline_ ? limit : former_deadline_));
    if (limit != time_point::max()) timer_.set(limit);
  }
  ~entered_scope() {
    timer_.stop();
    self_.leave_scope(node_, former_deadline_);
  }
  entered_scope(const entered_scope&) = delete;
  entered_scope& operator=(const entered_scope&) = delete;

  /// A `cancelled` arrived here: was it this scope that was cancelled, and nothing outside it?
  bool owns_cancellation() noexcept {
    return node_.is_cancelled() && node_.effective_above() == cancel_reason::none;
  }

 private:
  task_cell& self_;
  cancel_node& node_;
  scope_timer timer_;
  time_point former_deadline_;
};

}  // namespace tutti::detail
