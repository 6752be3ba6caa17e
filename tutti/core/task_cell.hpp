/// \file
/// The untyped record of a logical task: what `run`, `spawn`, `gather` or `submit` starts.
#pragma once

#include <coroutine>
#include <cstdint>
#include <exception>
#include <source_location>
#include <string>

#include <tutti/base/assert.hpp>
#include <tutti/core/detail/cancel_node.hpp>
#include <tutti/core/detail/context_ref.hpp>
#include <tutti/core/scheduler.hpp>
#include <tutti/sys/current.hpp>

namespace tutti::detail {

struct wait;
struct stop_record;
class root_scope;

/// Names and aborts one kind of wait. `abort` runs at most once per wait, where the task's
/// scheduler says: it takes the waiter out and answers true (*removed*: the operation did not and
/// will not happen), or false (*too late*: a wake has come or is certain to come).
struct wait_kind {
  const char* verb;  ///< for people: "sleep", "mutex.lock"
  bool (*abort)(wait& w) noexcept;
};

/// One wait of one task. Lies in the awaiter (or on the blocked thread's stack) until it is over.
struct wait {
  explicit wait(const wait_kind& k, task_cell& c) noexcept : kind(&k), cell(&c) {}
  wait(const wait&) = delete;
  wait& operator=(const wait&) = delete;

  /// Throws cancelled if this wait was aborted; call it first when resumed.
  void check() const {
    if (TUTTI_UNLIKELY(aborted != cancel_reason::none)) throw cancelled{aborted};
  }

  const wait_kind* kind;
  task_cell* cell;
  cancel_reason aborted = cancel_reason::none;
  bool timed_out = false;
};

/// A task: its state word, where it runs, which scope it is in, what it waits for.
///
/// Threads:  wake() and cancel() from anywhere; everything else by the thread that runs the task.
/// Lifetime: whoever made it keeps it until `body_done` was called; see the derived cells.
/// Wakes:    wake() makes a parked task ready on its own scheduler, never inside the call.
/// Order:    what happened before wake() is seen after the park it ends.
/// Cancel:   see cancel_node; docs/internal/task_life.md has the drawing of the state word.
class task_cell : public cancel_node {
 public:
  /// `parent` is the scope it belongs to (null: a tree of its own).
  task_cell(scheduler& where, cancel_node* parent, std::source_location site) noexcept;
  virtual ~task_cell();
  task_cell(const task_cell&) = delete;
  task_cell& operator=(const task_cell&) = delete;

  /// Takes what follows work from the task that starts this one: context, deadline, run.
  void inherit(const task_cell& from) noexcept;

  // What a scheduler calls ------------------------------------------------------------------------

  /// Runs the task until it parks or ends. The caller took it from a ready queue.
  void run() noexcept;
  /// Ends the aborted wait of a claimed task. Called by scheduler::deliver_abort.
  void finish_abort() noexcept;

  // The one sleep, the one wake -------------------------------------------------------------------

  /// Running → parked. The wait is registered with whoever will end it, and `h` is what to resume
  /// then. False: it is over already (woken or aborted meanwhile), go on at once; the frame is
  /// still ours only then.
  [[nodiscard]] bool park(wait& w, std::coroutine_handle<> h) noexcept;
  /// The same for a wait that only children end and no abort can: a canceller need not find this
  /// task, since it finds the children that park, and the others look for themselves.
  [[nodiscard]] bool park_for_children(wait& w, std::coroutine_handle<> h) noexcept;
  /// The same for the thread that runs this cell: sleeps until woken, aborted, or `deadline` (then
  /// w.timed_out).
  void block(wait& w, time_point deadline) noexcept;
  /// Parked → ready; or remembered if the task is just about to park. Once per wait.
  void wake() noexcept;

  /// Throws `cancelled` if this task's scope is cancelled or its deadline has passed. Two loads
  /// when nothing is.
  TUTTI_INLINE void checkpoint() {
    if (TUTTI_UNLIKELY(epoch.load(sys::acquire) != seen_epoch ||
                       deadline_near != time_point::max())) {
      checkpoint_slow();  // pairs: cancel_node.epoch
    }
  }
  /// The same as an answer.
  cancel_reason pending_cancel() noexcept {
    if (TUTTI_LIKELY(epoch.load(sys::acquire) == seen_epoch &&
                     deadline_near == time_point::max())) {
      return cancel_reason::none;  // pairs: cancel_node.epoch
    }
    return look_up();
  }

  /// Running → ready again, behind the others: what `yield` does.
  void reschedule(std::coroutine_handle<> h) noexcept {
    resume_ = h;
    where->schedule(*this);
  }
  /// wake(), but if this task is parked and belongs to the scheduler of the calling worker, gives
  /// what to go on with here instead of queueing it. The caller is the end of another task and runs
  /// nothing after it.
  std::coroutine_handle<> wake_here() noexcept;

  // Scopes ----------------------------------------------------------------------------------------

  /// Enters a scope that lives in this task's frames; leave_scope() in reverse order.
  void enter_scope(cancel_node& n, time_point limit) noexcept;
  void leave_scope(cancel_node& n, time_point former_deadline) noexcept;

  std::uint64_t id() noexcept;
  /// Who owns what is locked here: this task's id, or the id of the task that races, for its
  /// children in a `race`.
  TUTTI_INLINE std::uint64_t actor() noexcept {
    if (TUTTI_UNLIKELY(actor_ == 0)) actor_ = id();
    return actor_;
  }
  /// Locks taken here belong to `outer` from the start. Called before the task is published.
  void act_for(task_cell& outer) noexcept { actor_ = outer.actor(); }
  /// Its own or inherited name; "task-ID" where there is none.
  virtual std::string name_text();

  // owner: the running task -----------------------------------------------------------------------

  cancel_node* scope = this;                     ///< innermost scope
  time_point deadline_near = time_point::max();  ///< earliest deadline up to the nearest shield
  std::uint32_t seen_epoch = 0;                  ///< nothing was cancelled up to here
  ///< false: a plain callable or thread, which may block
  bool is_coroutine = true;
  context_ref context;
  ///< where free spawn puts tasks; null outside run
  root_scope* run_scope = nullptr;

  scheduler* where;                 ///< fixed at the start
  std::source_location created_at;  ///< fixed at the start
  ///< guarded by the queue it is in, or by who claimed it
  task_cell* next_ready = nullptr;
  cancel_reason abort_reason = cancel_reason::none;  ///< owner: who claimed it
  sys::atomic<const wait_kind*> waits_at{nullptr};   ///< for observers
  sys::atomic<task_cell*> awaited_by{nullptr};  ///< for observers: who waits for this one's end

  // For cancel_node -------------------------------------------------------------------------------

  /// Parked (or blocked) → claimed: the caller now owes abort_claimed() or unclaim(). A running
  /// task is marked instead.
  bool claim_abort() noexcept;
  void unclaim() noexcept;
  void abort_claimed() noexcept;
  bool is_parked() const noexcept;
  /// For observers, under the tree's lock: a parked task is claimed for a moment, so that it can be
  /// read. True: the caller owes unclaim().
  bool hold_still() noexcept;
  virtual bool is_thread() const noexcept { return false; }
  bool is_done() const noexcept;
  /// Claimed by a canceller: its queue entry means finish_abort(), not run().
  bool is_claimed() const noexcept;
  /// Does whoever accepted this work no longer want it started? Asked once, before the first run,
  /// and only if something was cancelled since it was made.
  virtual bool is_dismissed() const noexcept { return false; }

 protected:
  friend class cancel_node;
  friend struct promise_base;

  /// The root coroutine of this task ended (its promise holds the result). Gives what to run next
  /// on this thread.
  virtual std::coroutine_handle<> body_done() noexcept = 0;
  /// First run: by default resumes `resume`.
  virtual void start() noexcept;
  /// Cancelled before it ever ran: ends as cancelled without running.
  virtual void drop() noexcept = 0;

  /// Created → done, by a canceller: true if the task had not started and now never will.
  bool take_unstarted() noexcept;
  void mark_done() noexcept;
  static void resume_loop(std::coroutine_handle<> h) noexcept;

  ///< what wake() makes run; owner: the running task, then who wakes it
  std::coroutine_handle<> resume_{};
  ///< the wait that may be aborted; owner: the running task, then who claimed it
  wait* wait_ = nullptr;
  sys::atomic<std::uint32_t> state_;  ///< see detail/task_state.hpp

 private:
  friend struct stop_record;
  void checkpoint_slow();
  cancel_reason look_up() noexcept;
  bool settle(wait& w) noexcept;
  bool time_out(wait& w) noexcept;
  void make_ready(bool blocked) noexcept;
  void drop_stop_record() noexcept;

  stop_record* stop_ = nullptr;     ///< guarded by the tree's lock
  sys::parker* sleeper_ = nullptr;  ///< the thread blocked in block(); owner: as resume_
  sys::atomic<std::uint64_t> id_{0};
  std::uint64_t actor_ = 0;  ///< 0: not asked for yet; owner: the running task
};

/// What runs here, if it is a task, or null on a plain thread.
inline task_cell* running_cell() noexcept { return static_cast<task_cell*>(sys::current.cell); }
/// Makes (once per thread) the cell of a plain thread; see thread_cell.hpp.
task_cell& thread_cell_here() noexcept;
/// The task that runs here; on a plain thread the thread's own cell, which never is a coroutine.
inline task_cell& current_cell() noexcept {
  task_cell* const cell = running_cell();
  return TUTTI_LIKELY(cell != nullptr) ? *cell : thread_cell_here();
}
inline scheduler* running_scheduler() noexcept {
  return static_cast<scheduler*>(sys::current.scheduler);
}

/// Throws blocking_call with `instead` unless the calling thread may sleep.
void require_blocking_allowed(const char* operation, const char* instead);

/// Runs `cell` on this thread with everything saved and restored around it: schedulers' loops and
/// helpers use it.
class running_guard {
 public:
  explicit running_guard(task_cell& cell) noexcept : former_(sys::current.cell) {
    sys::current.cell = &cell;
  }
  ~running_guard() { sys::current.cell = former_; }
  running_guard(const running_guard&) = delete;
  running_guard& operator=(const running_guard&) = delete;

 private:
  void* former_;
};

}  // namespace tutti::detail
