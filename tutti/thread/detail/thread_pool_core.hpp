/// \file
/// The untyped body of a thread pool: its workers, their queue, who sleeps and who is woken.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <tutti/base/function.hpp>
#include <tutti/base/list.hpp>
#include <tutti/core/future.hpp>
#include <tutti/core/scheduler.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/sys/cacheline.hpp>
#include <tutti/sys/thread.hpp>
#include <tutti/thread/detail/shared_timers.hpp>

namespace tutti::detail {

class thread_pool_core;

/// One thread of a pool.
///
/// Threads:  sleeper by anyone who takes this worker off the idle list; the rest by the worker.
/// Lifetime: its pool's.
/// Wakes:    nobody.
/// Order:    as the pool.
/// Cancel:   nothing to cancel.
struct alignas(sys::cacheline) thread_pool_worker {
  sys::parker sleeper;
  thread_pool_worker* next_idle = nullptr;  ///< guarded by the pool's lock
  bool is_idle = false;                     ///< guarded by the pool's lock
  unsigned nesting = 0;  ///< owner: the worker: tasks that wait below the running one
  sys::thread thread;    ///< owner: who made the pool
};

/// Threads:  schedule(), arm(), disarm() from anywhere; run_one() by its workers.
/// Lifetime: outlives its tasks; stop() before destruction.
/// Wakes:    schedule() takes one idle worker off the list, if there is one, and wakes it.
/// Order:    tasks start in the order in which they were scheduled.
/// Cancel:   waits are aborted where the canceller runs; timers have a lock.
class thread_pool_core final : public scheduler {
 public:
  thread_pool_core(unsigned threads, std::string name, function<void()> initializer);
  ~thread_pool_core();

  void schedule(task_cell& cell) noexcept override;
  void arm(timer& t) noexcept override;
  bool disarm(timer& t) noexcept override { return timers_.disarm(t); }
  bool run_one() noexcept override;
  bool is_loop() const noexcept override { return false; }
  bool runs_here() const noexcept override { return running_scheduler() == this; }
  const char* label() const noexcept override { return name_.c_str(); }

  unsigned size() const noexcept { return static_cast<unsigned>(workers_.size()); }
  /// Runs everything that is queued and was dismissed, on the calling thread.
  void sweep_dismissed() noexcept;
  /// Ends the workers when nothing is queued and joins them. Idempotent.
  void stop() noexcept;

  struct counters {
    unsigned idle;
    std::size_t queued;
  };
  counters count() noexcept;

 private:
  void run_worker(thread_pool_worker& self) noexcept;
  bool sleep(thread_pool_worker& self) noexcept;
  task_cell* take() noexcept;
  /// Takes a worker off the idle list: the one that sleeps for the timers last. Null if nobody is
  /// idle.
  thread_pool_worker* pick_idle() noexcept TUTTI_REQUIRES(mu_);
  void leave_idle(thread_pool_worker& self) noexcept TUTTI_REQUIRES(mu_);

  const std::string name_;
  shared_timers timers_;
  sys::mutex mu_;
  chain<task_cell, &task_cell::next_ready> ready_ TUTTI_GUARDED_BY(mu_);
  std::size_t queued_ TUTTI_GUARDED_BY(mu_) = 0;
  thread_pool_worker* idle_ TUTTI_GUARDED_BY(mu_) = nullptr;
  thread_pool_worker* time_keeper_ TUTTI_GUARDED_BY(mu_) =
      nullptr;  ///< the idle worker that sleeps until the next deadline
  unsigned idle_count_ TUTTI_GUARDED_BY(mu_) = 0;
  bool stopping_ TUTTI_GUARDED_BY(mu_) = false;
  std::vector<std::unique_ptr<thread_pool_worker>> workers_;  // fixed before the first task
};

}  // namespace tutti::detail
