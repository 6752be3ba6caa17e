/// \file
/// The elastic pool behind `to_thread`.
#pragma once

#include <memory>
#include <vector>

#include <tutti/base/list.hpp>
#include <tutti/core/scheduler.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/sys/mutex.hpp>
#include <tutti/sys/thread.hpp>

namespace tutti::detail {

/// Threads:  schedule() and prepare() from anywhere.
/// Lifetime: outlives its calls: the destructor waits for them and joins the threads.
/// Wakes:    schedule() wakes one idle thread, or prepare() has started one.
/// Order:    calls start in the order in which they came.
/// Cancel:   calls that have not started, by their cells.
class blocking_pool final : public scheduler {
 public:
  blocking_pool() = default;
  ~blocking_pool();

  /// Comes before every schedule(). Makes sure that the call will find a thread: starts one if all
  /// are busy and there may be more. Throws (std::system_error, std::bad_alloc) only if there is
  /// none at all, or before it has done anything.
  void prepare();
  /// There will be no schedule() after this prepare().
  void not_coming() noexcept;

  void schedule(task_cell& cell) noexcept override;
  void arm(timer&) noexcept override;
  bool disarm(timer&) noexcept override { return true; }
  bool is_loop() const noexcept override { return false; }
  bool runs_here() const noexcept override { return running_scheduler() == this; }
  const char* label() const noexcept override { return "blocking"; }

 private:
  /// One thread of the pool.
  ///
  /// Threads:  its own and, under mu_, every caller.
  /// Lifetime: from prepare() to the join by take_ended() or the destructor.
  /// Wakes:    `sleeper` is unparked by schedule() and the destructor.
  /// Order:    that of mu_.
  /// Cancel:   nothing to cancel: a call is never interrupted.
  struct worker {
    sys::parker sleeper;
    worker* next_idle = nullptr;
    sys::thread thread;
    bool is_idle = false;
    bool has_ended = false;
  };
  void run(worker& self) noexcept;
  /// The next call, or null when this thread may end.
  task_cell* wait_for_call(worker& self) noexcept;
  void leave_idle(worker& self) noexcept TUTTI_REQUIRES(mu_);
  void take_ended(std::vector<std::unique_ptr<worker>>& out) TUTTI_REQUIRES(mu_);

  sys::mutex mu_;
  chain<task_cell, &task_cell::next_ready> calls_ TUTTI_GUARDED_BY(mu_);
  worker* idle_ TUTTI_GUARDED_BY(mu_) = nullptr;
  /// Threads that run no call: they start, look, or sleep.
  unsigned looking_ TUTTI_GUARDED_BY(mu_) = 0;
  /// Calls prepared for or queued that no thread has taken.
  unsigned owed_ TUTTI_GUARDED_BY(mu_) = 0;
  std::vector<std::unique_ptr<worker>> workers_ TUTTI_GUARDED_BY(mu_);
  unsigned number_ TUTTI_GUARDED_BY(mu_) = 0;
  bool stopping_ TUTTI_GUARDED_BY(mu_) = false;
};

/// A run that has threads for blocking calls of its own.
class blocking_source {
 public:
  virtual blocking_pool& blocking() noexcept = 0;

 protected:
  ~blocking_source() = default;
};

}  // namespace tutti::detail
