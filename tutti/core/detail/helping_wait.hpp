/// \file
/// A thread that waits for a result and does other work of its scheduler meanwhile.
#pragma once

#include <tutti/core/task_cell.hpp>
#include <tutti/sys/atomic.hpp>

namespace tutti::detail {

/// The sleep of such a thread: ended by the result, or by new work for its scheduler.
///
/// Threads:  result_came() and work_came() from anywhere, each once for every time it was promised;
///           the rest by the waiting thread.
/// Lifetime: on the waiting thread's stack, until the result and the scheduler have let go of it.
/// Wakes:    whoever finds it asleep wakes it, and only then.
/// Order:    what happened before a bit was set is seen after the sleep that it ended.
/// Cancel:   a canceller that finds it asleep ends the sleep; who comes later finds it awake.
///
/// The word has a bit for each of the two and one for being asleep. Who sets a bit takes the third
/// away in the same step, so that one of them owes the wake, and touches nothing else after that.
class helping_wait : public wait {
 public:
  /// `verb` as in wait_kind.
  static constexpr wait_kind kind_named(const char* verb) noexcept { return {verb, &abort_sleep}; }
  helping_wait(const wait_kind& k, task_cell& c) noexcept : wait(k, c) {}

  void result_came() noexcept { tell(result); }
  void work_came() noexcept { tell(work); }
  /// What the scheduler is about to tell is waited for in any case.
  void await_work() noexcept;

 protected:
  ~helping_wait() = default;
  /// Into the line of the result. False: it is there.
  virtual bool enlist() noexcept = 0;
  /// Out of it. False: the result has come or is certain to come.
  virtual bool withdraw() noexcept = 0;
  /// Waits. False: `deadline` passed first. Throws cancelled. For derived classes.
  bool until_result(time_point deadline);

 private:
  enum : unsigned { result = 1, work = 2, asleep = 4 };
  static bool abort_sleep(wait& w) noexcept;

  bool has_result() const noexcept {
    return (word_.load(sys::acquire) & result) != 0;  // pairs: helping_wait.word
  }
  void tell(unsigned what) noexcept;
  bool fall_asleep(unsigned until) noexcept;
  void sleep_surely(unsigned until) noexcept;

  sys::atomic<unsigned> word_{0};
};

}  // namespace tutti::detail
