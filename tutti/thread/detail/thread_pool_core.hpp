/// \file
/// The untyped body of a thread pool: its workers, their queue, who sleeps and who is woken.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <tutti/base/function.hpp>
#include <tutti/base/list.hpp>
#include <tutti/core/detail/helping_wait.hpp>
#include <tutti/core/future.hpp>
#include <tutti/core/scheduler.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/sys/cacheline.hpp>
#include <tutti/sys/thread.hpp>
#include <tutti/sys/world.hpp>
#include <tutti/thread/detail/fork.hpp>
#include <tutti/thread/detail/shared_timers.hpp>
#include <tutti/thread/detail/steal_deque.hpp>

namespace tutti {
struct worker_stats;
}

namespace tutti::detail {

class thread_pool_core;

/// One thread of a pool.
///
/// Threads:  sleeper by anyone who takes this worker off the idle list or ends a fork it waits for;
///           forks as steal_deque; counts are read by anyone; the rest by the worker.
/// Lifetime: its pool's.
/// Wakes:    nobody.
/// Order:    as the pool.
/// Cancel:   nothing to cancel.
struct alignas(sys::cacheline) thread_pool_worker {
  sys::parker sleeper;
  thread_pool_worker* next_idle = nullptr;  ///< guarded by the pool's lock
  bool is_idle = false;                     ///< guarded by the pool's lock
  helping_wait* sleeps_in = nullptr;        ///< guarded by the pool's lock; null: in `sleeper`
  time_point asleep_since{};                ///< guarded by the pool's lock; zero: awake
  duration slept{};                         ///< guarded by the pool's lock
  unsigned nesting = 0;               ///< owner: the worker: tasks that wait below the running one
  unsigned turn = 0;                  ///< owner: the worker: looks for work so far
  std::uint32_t dice = 1;             ///< owner: the worker: whom to steal from
  sys::atomic<std::uint64_t> ran{0};  ///< owner: the worker; for stats()
  sys::atomic<std::uint64_t> taken{0};  ///< owner: the worker; for stats()
  steal_deque forks;
  sys::thread thread;  ///< owner: who made the pool
};

/// Threads:  schedule(), arm(), disarm() from anywhere; run_one() and forks by its workers.
/// Lifetime: outlives its tasks; stop() before destruction.
/// Wakes:    schedule() and a fork take one idle worker off the list, if there is one, and wake it;
///           a worker that waits for a result or for a stolen fork is idle, too.
/// Order:    tasks start in the order in which they were scheduled; forks newest first on their own
///           worker, oldest first on others, and before scheduled tasks except every 61st time.
/// Cancel:   waits are aborted where the canceller runs; timers have a lock.
///
/// Why nothing that is ready lies there while a worker sleeps. A worker sleeps in lie_down() only,
/// whatever it waits for, and looks at all three places on its way:
/// - *What was scheduled* enters `ready_` under the lock under which sleepers enter the idle list.
///   Who comes second sees the first: schedule() finds the sleeper and takes it off, or the sleeper
///   finds the task and stays awake.
/// - *A fork* enters without a lock. Its worker writes the deque and then reads the count of idle
///   ones; a sleeper raises the count and then reads every deque; between the two lie a light and a
///   heavy fence, so one of them sees the other (Dekker's pattern; WeakMemory.* tries all orders).
/// - *Timers*: the first on the list sleeps until the next deadline, and arm() wakes it for an
///   earlier one. That place is empty only while the one that had it is awake.
/// Who was taken off the list is certainly woken, and looks at all three again; one whose result
/// came meanwhile has another one look instead, leave_to_others(). So a wake is never lost with the
/// one that got it, and nobody needs to wake more than one: whoever is awake looks until there is
/// nothing, and every entry after that finds somebody on the list again.
/// HelpingModel.*, ForkModel.* and WakeStress.* try to refute this.
class thread_pool_core final : public scheduler {
 public:
  thread_pool_core(unsigned threads, std::string name, function<void()> initializer);
  ~thread_pool_core();

  void schedule(task_cell& cell) noexcept override;
  void schedule_fork(task_cell& cell) noexcept override;
  void arm(timer& t) noexcept override;
  bool disarm(timer& t) noexcept override { return timers_.disarm(t); }
  bool run_one() noexcept override;
  bool offer_help(helping_wait& w, time_point& limit) noexcept override;
  void withdraw_help(helping_wait& w) noexcept override;
  void leave_to_others() noexcept override;
  bool is_loop() const noexcept override { return false; }
  bool runs_here() const noexcept override { return running_scheduler() == this; }
  const char* label() const noexcept override { return name_.c_str(); }

  unsigned size() const noexcept { return static_cast<unsigned>(workers_.size()); }
  /// Lets other workers take `f` until join(). False: there is no room, the caller does it itself.
  TUTTI_INLINE bool fork(stack_fork& f) noexcept {
    sys::decide(sys::operation::submit, this);
    if (TUTTI_UNLIKELY(!self_here().forks.push(entry_of(f)))) return false;
    notice_fork();
    return true;
  }
  /// True: nobody took it, and it is the caller's again. False: somebody did it; this worker worked
  /// on other things until that was over.
  TUTTI_INLINE bool join(stack_fork& f) noexcept {
    sys::decide(sys::operation::wait, this);
    const entry e = self_here().forks.pop();
    return TUTTI_LIKELY(e == entry_of(f)) || join_slow(f, e);
  }

  /// Runs everything that is queued and was dismissed, on the calling thread.
  void sweep_dismissed() noexcept;
  /// Ends the workers when nothing is queued and joins them. Idempotent.
  void stop() noexcept;

  struct counters {
    unsigned idle;
    std::size_t queued;
  };
  counters count() noexcept;
  /// What each worker did so far.
  void look(worker_stats* first) noexcept;

 private:
  void run_worker(thread_pool_worker& self) noexcept;
  bool sleep(thread_pool_worker& self) noexcept;
  /// Asleep until woken, by the end of `f` or for work.
  void sleep_in_join(thread_pool_worker& self, stack_fork& f) noexcept;
  enum class ease : unsigned char { work, stop, idle };
  /// On the idle list, unless there is something to do or the pool stops. `limit` becomes the next
  /// deadline if this is the worker that sleeps for the timers.
  ease lie_down(thread_pool_worker& self, helping_wait* in, time_point& limit) noexcept;
  /// Off it. False: somebody else has taken it off, and wakes it.
  bool stand_up(thread_pool_worker& self) noexcept;
  using entry = steal_deque::entry;
  static thread_pool_worker& self_here() noexcept {
    return *static_cast<thread_pool_worker*>(sys::current.worker);
  }
  /// A task_cell, or a stack_fork with the lowest bit set.
  static constexpr entry fork_bit = 1;
  static entry entry_of(stack_fork& f) noexcept { return reinterpret_cast<entry>(&f) | fork_bit; }
  static entry entry_of(task_cell& cell) noexcept { return reinterpret_cast<entry>(&cell); }
  /// join() when `popped` came instead of `f`.
  bool join_slow(stack_fork& f, entry popped) noexcept;
  task_cell* take() noexcept;
  /// The next thing to do: own forks, what was scheduled, then the forks of others; 0: nothing.
  entry next(thread_pool_worker& self) noexcept;
  entry steal(thread_pool_worker& self) noexcept;
  void run_entry(entry e) noexcept;
  /// A fork can be stolen since just now: somebody shall look. Either this sees the count of a
  /// worker that is about to sleep, or that worker sees the fork: lie_down() counts first and looks
  /// second, with the heavy fence between them.
  TUTTI_INLINE void notice_fork() noexcept {
    sys::light_fence();
    if (TUTTI_UNLIKELY(idle_count_.load(sys::relaxed) != 0)) wake_one();
  }
  void wake_one() noexcept;
  bool forks_wait() const noexcept;
  /// One that was taken off the idle list and is still to be woken.
  struct woken {
    thread_pool_worker* who = nullptr;
    helping_wait* in = nullptr;
  };
  /// Takes a worker off the idle list: the one that sleeps for the timers last.
  woken pick_idle() noexcept TUTTI_REQUIRES(mu_);
  woken pick(thread_pool_worker& self) noexcept TUTTI_REQUIRES(mu_);
  void wake(woken w) noexcept;
  void leave_idle(thread_pool_worker& self) noexcept TUTTI_REQUIRES(mu_);

  const std::string name_;
  const time_point made_at_;
  shared_timers timers_;
  sys::mutex mu_;
  chain<task_cell, &task_cell::next_ready> ready_ TUTTI_GUARDED_BY(mu_);
  sys::atomic<std::size_t> queued_{0};  // changed under mu_, looked at without
  thread_pool_worker* idle_ TUTTI_GUARDED_BY(mu_) = nullptr;
  /// The idle worker that sleeps until the next deadline.
  thread_pool_worker* time_keeper_ TUTTI_GUARDED_BY(mu_) = nullptr;
  sys::atomic<unsigned> idle_count_{0};  // changed under mu_, looked at without
  bool stopping_ TUTTI_GUARDED_BY(mu_) = false;
  /// Threads on their way to wake a worker, and one for stop(), which waits for them: what they
  /// made ready may end, and with it the pool, before they are through.
  sys::atomic<unsigned> wakers_{1};
  sys::parker last_waker_;
  std::vector<std::unique_ptr<thread_pool_worker>> workers_;  // fixed before the first task
};

}  // namespace tutti::detail
