/// \file
/// One thread that runs tasks, fires timers and waits for the outside world.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <tutti/async/detail/afterwork.hpp>
#include <tutti/async/detail/offload.hpp>
#include <tutti/base/list.hpp>
#include <tutti/core/child_group.hpp>
#include <tutti/core/driver.hpp>
#include <tutti/core/hook.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/core/timer_wheel.hpp>
#include <tutti/sys/atomic.hpp>
#include <tutti/sys/cacheline.hpp>

namespace tutti::detail {

/// Threads:  schedule(), deliver_abort(), interrupt() from anywhere; the rest by the thread inside
///           run_until().
/// Lifetime: outlives its tasks; destroyed when no task and no timer is left.
/// Wakes:    schedule() from outside interrupts the driver if the loop sleeps, once per sleep.
/// Order:    ready tasks run first in, first out; posts from one thread keep their order.
/// Cancel:   aborts of its tasks are brought to its own thread, so timers and I/O need no lock.
class loop final : public scheduler {
 public:
  loop(std::unique_ptr<driver> d, std::string label);
  ~loop();

  /// Runs tasks on the calling thread until `stop(data)` is true; looked at between tasks.
  void run_until(bool (*stop)(void*), void* data) noexcept;

  /// The last thing a loop does, on the thread that ran it: what closed streams still had to send
  /// is sent, for at most `drain_max`; what is lost then is told on standard error.
  void drain() noexcept;
  static constexpr duration drain_max = std::chrono::seconds(1);

  void schedule(task_cell& cell) noexcept override;
  void deliver_abort(task_cell& cell) noexcept override;
  void arm(timer& t) noexcept override;
  bool disarm(timer& t) noexcept override;
  bool is_loop() const noexcept override { return true; }
  bool runs_here() const noexcept override { return running_scheduler() == this; }
  root_scope* root() noexcept override { return root_; }
  const char* label() const noexcept override { return label_.c_str(); }

  /// Makes run_until look at its condition. Also from a signal handler.
  void interrupt() noexcept { driver_->interrupt(); }
  io_engine* io() noexcept override { return driver_->engine(); }
  driver& sleeper() noexcept { return *driver_; }
  offload_threads& offloads() noexcept { return offloads_; }
  /// `w` runs as soon as the present task has suspended or ended. By the loop's thread.
  void after_this_task(afterwork& w) noexcept { afterwork_.push_back(w); }
  /// `g` is the loop's now; it deletes itself, or is deleted with the loop.
  void keep(loop_guest& g) noexcept { guests_.push_back(g); }
  void set_root(root_scope* root) noexcept { root_ = root; }

  /// With a limit, tells the handler about every task that runs longer without waiting.
  void watch_slow(duration limit, slow_handler handler) noexcept {
    slow_limit_ = limit;
    on_slow_ = handler;
  }

 private:
  static constexpr unsigned batch_max = 61;  ///< tasks between two looks at timers and I/O
  void post(task_cell& cell) noexcept;
  void take_posted() noexcept;
  void fire_timers() noexcept;
  void run_task(task_cell& cell) noexcept;
  void do_afterwork() noexcept;
  void sleep() noexcept;

  chain<task_cell, &task_cell::next_ready> ready_;  // owner: the loop's thread
  list<afterwork> afterwork_;                       // owner: the loop's thread
  list<loop_guest> guests_;                         // owner: the loop's thread
  timer_wheel timers_;                              // owner: the loop's thread
  std::unique_ptr<driver> driver_;                  // fixed at the start
  std::string label_;                               // fixed at the start
  offload_threads offloads_;                          // owner: the loop's thread
  root_scope* root_ = nullptr;                      // owner: the loop's thread
  duration slow_limit_ = duration::max();
  slow_handler on_slow_ = nullptr;
  /// Posted from outside, newest first; `asleep` when the loop sleeps and nothing is posted.
  alignas(sys::cacheline) sys::atomic<std::uintptr_t> posted_{0};
  sys::atomic<std::uint32_t> interrupts_done_{0};  ///< by those who posted to the sleeping loop
  std::uint32_t interrupts_owed_ = 0;              // owner: the loop's thread
};

}  // namespace tutti::detail
