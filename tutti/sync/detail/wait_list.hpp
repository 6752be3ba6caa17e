/// \file
/// The one list of this room: tasks and threads that wait for a primitive, first come, first
/// served.
///
/// A primitive is a lock, its state, and one or more of these lists. Who waits registers under the
/// lock and parks; who changes the state takes out, under the lock, those whose wait is over, and
/// wakes them when it has let go of it.
#pragma once

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <optional>
#include <utility>

#include <tutti/base/list.hpp>
#include <tutti/core/task.hpp>
#include <tutti/sys/mutex.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::detail {

struct waiter;
class wait_list;
class wake_batch;

/// What differs between the kinds of waits of this room. One constant for each.
struct wait_rule : wait_kind {
  sys::operation what;   ///< for the explorer
  const char* blocking;  ///< for blocking_call: what was called
  const char* instead;   ///< and what to write
  /// True: had at once. False: `may_wait` and it is in its list now; or not `may_wait`, and nothing
  /// happened. Throws what the operation throws when it is refused.
  bool (*start)(waiter& w, bool may_wait);
  /// Passes on what was granted to a waiter that was cancelled before it saw it. Null: cannot be
  /// undone.
  void (*undo)(waiter& w) noexcept;
  /// Under the lock: a waiter that gave up has left; others may go on because of it. Null: nothing
  /// follows.
  void (*left)(waiter& w, wake_batch& woken) noexcept;
  /// Threads only: it was woken to try once more. True: in vain, it is in its list again. Null: who
  /// is woken has what it waited for.
  bool (*again)(waiter& w) noexcept = nullptr;
};

/// One wait for a primitive, by a task or by a thread. Lies in the awaiter or on the thread's stack
/// until it is over.
struct waiter : wait, list_node {
  waiter(const wait_rule& r, task_cell& c, wait_list& l, const void* o) noexcept
      : wait(r, c), in(&l), object(o) {}

  const wait_rule& rule() const noexcept { return *static_cast<const wait_rule*>(kind); }

  /// For await_suspend: checkpoint, start, park. False: go on at once. The frame is ours only then.
  bool suspend(std::coroutine_handle<> h);
  /// For threads: waits until `deadline`. False: it passed, and nothing happened.
  bool block(time_point deadline);
  /// For await_resume: throws `cancelled` if the wait was given up, or if its task was cancelled
  /// after it was granted and the grant could be passed on.
  void settle();
  /// For threads that are registered already: sleeps; false when `deadline` passed.
  bool sleep(time_point deadline);

  /// The `abort` of every wait here: out of the list, unless somebody has taken it out to wake it.
  static bool abort_wait(wait& w) noexcept;

  wait_list* in;                 ///< fixed at the start
  const void* object;            ///< fixed at the start; for the explorer
  waiter* next_woken = nullptr;  ///< owner: the wake_batch it is in
  bool parked = false;           ///< it had to wait; owner: the waiting task
  bool blocks = false;           ///< the form for threads; fixed at the start
  unsigned overtaken = 0;  ///< how often while it was an heir (heir.hpp); guarded by the lock
  static constexpr unsigned overtakings_max = 128;
};

/// Threads:  every call under the lock of the primitive it belongs to.
/// Lifetime: part of its primitive; destroyed empty, or the program ends with a sentence.
/// Wakes:    nobody by itself: who takes a waiter out owes it a wake.
/// Order:    first in, first out.
/// Cancel:   waiter::abort_wait takes the lock and unlinks; who comes later finds it gone.
class wait_list {
 public:
  explicit wait_list(sys::mutex& guard) noexcept : guard_(guard) {}

  bool empty() noexcept { return all_.empty(); }
  std::size_t size() const noexcept { return size_; }
  void push_back(waiter& w) noexcept {
    all_.push_back(w);
    ++size_;
  }
  void push_front(waiter& w) noexcept {
    all_.push_front(w);
    ++size_;
  }
  /// The one that waits longest, still in the list; null if nobody waits.
  waiter* front() noexcept { return all_.front(); }
  waiter* after(waiter& w) noexcept { return all_.after(&w); }
  waiter* pop_front() noexcept {
    waiter* const w = all_.front();
    if (w != nullptr) remove(*w);
    return w;
  }
  void remove(waiter& w) noexcept {
    list<waiter>::unlink(w);
    --size_;
  }

 private:
  friend struct waiter;
  sys::mutex& guard_;
  list<waiter> all_;
  std::size_t size_ = 0;
};

/// Waiters whose wait is over: collected under the lock, woken after it.
class wake_batch {
 public:
  wake_batch() noexcept = default;
  wake_batch(const wake_batch&) = delete;
  wake_batch& operator=(const wake_batch&) = delete;

  void add(waiter& w) noexcept { woken_.push_back(&w); }
  /// Takes everybody out of `l`.
  void add_all(wait_list& l) noexcept {
    while (waiter* const w = l.pop_front()) add(*w);
  }
  /// Without any lock held. A woken waiter may be gone before the next one is looked at.
  void wake() noexcept {
    while (waiter* const w = woken_.pop_front()) w->cell->wake();
  }

 private:
  chain<waiter, &waiter::next_woken> woken_;
};

/// The destructors of all primitives: waits until whoever is inside has left, then refuses to leave
/// waiters behind.
void require_no_waiters(sys::mutex& guard, wait_list& list, const char* text) noexcept;

/// How long a lock is waited for: not at all, up to a limit of its own, or until it is there.
enum class patience : unsigned char { none, limited, endless };
constexpr patience patience_until(time_point limit) noexcept {
  if (limit == time_point::max()) return patience::endless;
  return limit == time_point::min() ? patience::none : patience::limited;
}

/// `now + d`: the maximum means for ever; without a positive duration it is the beginning of time
/// (try once).
time_point limit_after(duration d) noexcept;

/// What `async_…` gives: parameters until it is awaited, then one wait of `Waiter`, whose
/// `result()` it returns. `Params` names the object and is what the waiter is made of.
template <class Waiter, class Params>
class [[nodiscard("co_await it: an operation that is not awaited does nothing")]] awaited_op
    : public native_awaiter {
 public:
  explicit awaited_op(Params p) noexcept : params_(std::move(p)) {}
  awaited_op(awaited_op&& other) noexcept : params_(std::move(other.params_)) {}
  awaited_op& operator=(awaited_op&&) = delete;
  ~awaited_op() = default;

  bool await_ready() const noexcept { return false; }
  template <std::derived_from<promise_base> Promise>
  bool await_suspend(std::coroutine_handle<Promise> h) {
    wait_.emplace(*h.promise().cell, std::move(params_));
    return wait_->suspend(h);
  }
  auto await_resume() {
    wait_->settle();
    return wait_->result();
  }

 private:
  Params params_;
  std::optional<Waiter> wait_;
};

}  // namespace tutti::detail
