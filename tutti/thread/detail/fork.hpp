/// \file
/// Fork-join of plain callables: forks that lie on the stack of whoever forks, without a frame or
/// an allocation.
#pragma once

#include <concepts>
#include <exception>
#include <utility>

#include <tutti/core/detail/context_ref.hpp>
#include <tutti/core/task_cell.hpp>

namespace tutti::detail {

class thread_pool_core;
class stack_fork;

/// One call of a parallel function on a worker: what its forks inherit, and what went wrong.
///
/// Threads:  the forking worker; is_failed() and fail_stolen() also by thieves.
/// Lifetime: on the forking worker's stack, until every fork was joined.
/// Wakes:    the end of a stolen fork wakes the worker that waits in join().
/// Order:    what a fork did is seen after join().
/// Cancel:   after a failure forks that have not started are skipped; a cancelled scope makes their
///           waits and checks throw.
class fork_scope {
 public:
  /// True on a worker of `pool`, where forking is better than queueing. Throws blocking_call where
  /// a blocking call must not be.
  static bool is_worker_of(scheduler& pool, const char* operation) {
    const task_cell* const cell = running_cell();
    if (TUTTI_LIKELY(running_scheduler() == &pool && cell != nullptr && !cell->is_coroutine)) {
      return true;
    }
    require_blocking_allowed(operation, "the awaited form, co_await async_parallel_…()");
    return running_scheduler() == &pool;
  }

  explicit fork_scope(task_cell& forking);
  fork_scope(const fork_scope&) = delete;
  fork_scope& operator=(const fork_scope&) = delete;

  /// From here to join() the fork may run elsewhere.
  void fork(stack_fork& f) noexcept;
  /// The fork is over after this; done here if nobody took it.
  void join(stack_fork& f) noexcept;
  /// Does the caller's own share here.
  template <std::invocable F>
  void run(F&& f) noexcept {
    try {
      std::forward<F>(f)();
    } catch (...) {
      fail(std::current_exception());
    }
  }
  /// After the last join: throws the first failure. Further ones were reported as unobserved.
  void rethrow() {
    if (TUTTI_UNLIKELY(error_ != nullptr)) std::rethrow_exception(error_);
  }

 private:
  friend class stack_fork;
  friend class stolen_fork;
  void fail(std::exception_ptr error) noexcept;

  thread_pool_core& pool_;
  sys::parker& sleeper_;
  cancel_node* const scope_;
  const time_point deadline_;
  const std::uint32_t seen_epoch_;
  root_scope* const run_;
  const context_ref context_;
  std::exception_ptr error_;         // owner: the forking worker
  sys::atomic<bool> failed_{false};  // by whoever fails first: what has not started is skipped
};

/// One callable that may run elsewhere.
///
/// Threads:  run_stolen() by whoever took it; the rest by the forking worker.
/// Lifetime: on the forking worker's stack; is_over() is the thief's last touch.
/// Wakes:    the forking worker, if it waits.
/// Order:    what it did is seen by who saw is_over().
/// Cancel:   see fork_scope.
class stack_fork {
 public:
  using call_fn = void (*)(stack_fork& self);
  stack_fork(fork_scope& of, call_fn call) noexcept : of_(of), call_(call) {}
  stack_fork(const stack_fork&) = delete;
  stack_fork& operator=(const stack_fork&) = delete;

  bool is_over() const noexcept { return state_.load(sys::acquire) == over; }  // pairs: fork.over
  /// False: it is over. True: its end will unpark the forking worker.
  bool wait_for_end() noexcept {
    unsigned char expected = open;
    // pairs: fork.over
    return state_.compare_exchange(expected, awaited, sys::acq_rel, sys::acquire) ||
           expected == awaited;
  }
  /// Does it on this worker, which took it from the deque.
  void run_stolen(thread_pool_core& pool) noexcept;

 private:
  friend class fork_scope;
  friend class stolen_fork;
  enum : unsigned char { open, awaited, over };
  void end() noexcept;

  fork_scope& of_;
  const call_fn call_;
  std::exception_ptr error_;  // owner: who runs it
  sys::atomic<unsigned char> state_{open};
  bool queued_ = false;  // owner: the forking worker
};

}  // namespace tutti::detail
