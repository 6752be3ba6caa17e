/// \file
/// The seam between the core and whoever runs tasks: a loop, a pool, a simulation.
#pragma once

#include <tutti/core/timer.hpp>

namespace tutti::detail {

class helping_wait;
class task_cell;
class root_scope;
class io_engine;

/// Threads:  schedule() and deliver_abort() from anywhere; arm() and disarm() from a thread of this
///           scheduler.
/// Lifetime: outlives every task that was started on it.
/// Wakes:    schedule() wakes a sleeping thread of this scheduler if nobody is awake to take the
///           task.
/// Order:    what happened before schedule() is seen by the task when it runs.
/// Cancel:   deliver_abort() ends a parked wait on a thread where its abort function may touch what
///           it waits for.
class scheduler {
 public:
  /// Makes a ready task run some time, never inside this call.
  virtual void schedule(task_cell& cell) noexcept = 0;
  /// The same for the child of a running fork: may be run before older work of this thread.
  virtual void schedule_fork(task_cell& cell) noexcept { schedule(cell); }
  /// Runs `cell.finish_abort()` where this scheduler's waits may be touched. Default: here and now.
  virtual void deliver_abort(task_cell& cell) noexcept;
  virtual void arm(timer& t) noexcept = 0;
  /// True: the timer will not fire. False: it is firing or has fired.
  virtual bool disarm(timer& t) noexcept = 0;
  /// Runs one other ready task on the calling worker while it waits for a result; false if there is
  /// none (or if this scheduler does not nest).
  virtual bool run_one() noexcept { return false; }
  /// The calling worker found nothing in run_one() and is about to sleep in `w`, until `limit` at
  /// most, which is lowered to when it has to look again: work that comes from now on is told to
  /// `w`. False: there may be some already.
  virtual bool offer_help(helping_wait& w, time_point& limit) noexcept {
    (void)w, (void)limit;
    return true;
  }
  /// Nothing is told to `w` after this.
  virtual void withdraw_help(helping_wait& w) noexcept { (void)w; }
  /// The calling worker goes back to what it waited for: what it was woken for, another one does.
  virtual void leave_to_others() noexcept {}
  /// Does a blocking wait on this thread stop other tasks for good (an event loop), or only one
  /// worker (a pool)?
  virtual bool is_loop() const noexcept = 0;
  /// True on a thread of this scheduler.
  virtual bool runs_here() const noexcept = 0;
  /// The children of free `spawn` on this scheduler; null where there is no run.
  virtual root_scope* root() noexcept { return nullptr; }
  /// What watches descriptors for its tasks; null where tasks cannot wait for I/O.
  virtual io_engine* io() noexcept { return nullptr; }
  virtual const char* label() const noexcept = 0;

 protected:
  ~scheduler() = default;
};

}  // namespace tutti::detail
