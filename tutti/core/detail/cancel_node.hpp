/// \file
/// The tree through which cancellation walks: scopes and tasks are its nodes.
#pragma once

#include <cstdint>

#include <tutti/base/error.hpp>
#include <tutti/base/list.hpp>
#include <tutti/base/time.hpp>
#include <tutti/sys/atomic.hpp>
#include <tutti/sys/mutex.hpp>

namespace tutti::detail {

class task_cell;
class cancel_node;
struct stop_record;

/// A place in the tree. A task is a node under the scope it was started in; a scope that a task
/// enters (a time-out, a shield, a group) is a node under the one it was in before.
///
/// Upward pointers are set when the node is made. Downward links are made only when a task first
/// parks below them: a task that never waits is found by nobody and needs not be, since it looks up
/// the tree itself as soon as `epoch` tells it that something was cancelled somewhere.
///
/// Threads:  cancel() from anywhere; enter and leave by the owning task.
/// Lifetime: owned nodes are gone before their parent; others are handed to nobody when it goes
///           (`release_children`).
/// Wakes:    cancel() wakes every parked task below, up to shields.
/// Order:    the flag is set before the epoch moves; who sees the new epoch sees the flag.
/// Cancel:   this is it. Level-triggered: the flag stays until the node is gone.
class cancel_node : public list_node {
 public:
  enum class kind : unsigned char { task, scope, shield };

  cancel_node(kind k, cancel_node* parent) noexcept;
  ~cancel_node();

  bool is_task() const noexcept { return kind_ == kind::task; }
  bool kind_is_shield() const noexcept { return kind_ == kind::shield; }
  cancel_reason reason() const noexcept {
    return static_cast<cancel_reason>(reason_.load(sys::acquire));  // pairs: cancel_node.reason
  }
  bool is_cancelled() const noexcept { return reason() != cancel_reason::none; }

  /// Cancels everything below. False if it was cancelled before (then nothing changes).
  bool cancel(cancel_reason why) noexcept;
  /// What a canceller owes once it has let go of the tree, and of the locks of its own: aborting
  /// waits and asking stop_tokens runs code of others. Who made it pays, once.
  struct debt {
    task_cell* claimed = nullptr;  ///< linked by next_ready
    stop_record* stops = nullptr;
    void pay() noexcept;
  };
  /// The first half of cancel(); the node may be gone when the debt is paid.
  bool mark_cancelled(cancel_reason why, debt& owed) noexcept;
  /// Is this node or one above it, up to the nearest shield, cancelled? Also the earliest deadline
  /// among them. Takes the tree's lock.
  cancel_reason effective(time_point& earliest_deadline) noexcept;
  /// The same, without this node itself: whose cancellation is it?
  cancel_reason effective_above() noexcept;
  /// Cancels those among this node and its ancestors (up to the nearest shield) whose deadline is
  /// not after `now`.
  void expire(time_point now) noexcept;

  /// Makes this node findable from the root. Idempotent.
  void link() noexcept {
    if (TUTTI_UNLIKELY(!linked_.load(sys::acquire))) link_slow();  // pairs: cancel_node.linked
  }
  cancel_node* parent() const noexcept { return parent_; }
  /// The owner leaves: out of the tree. Children that nobody owns (submitted work) stay behind
  /// without a parent, cancelled if this was.
  void leave() noexcept;
  /// Owned nodes must be gone before their parent; this one may outlive it.
  void mark_unowned() noexcept { unowned_ = true; }

  /// A deadline from the start, before anybody is below.
  void start_deadline(time_point t) noexcept { deadline_ = t; }
  /// Moves this scope's own deadline; those below look at it before their next wait.
  void set_deadline(time_point t) noexcept;
  time_point deadline() const noexcept;

  ///< the task in whose chain of scopes this is; fixed at the start
  task_cell* owner = nullptr;

  /// Counts every cancellation in this process; a task that saw this value last time needs not look
  /// up.
  static sys::atomic<std::uint32_t> epoch;

  /// The epoch at which nothing here or above was cancelled and there was no deadline; a child
  /// started at that epoch needs not look up.
  std::uint32_t clean_epoch() const noexcept { return clean_epoch_.load(sys::relaxed); }
  /// Marks this node and those above it, up to the nearest shield.
  void mark_clean(std::uint32_t at) noexcept;

  /// Calls `visit` for every task that is findable, under the locks of its tree.
  static void for_each_task(void (*visit)(task_cell&, void*), void* data);

 private:
  friend class task_cell;
  friend struct stop_record;
  sys::mutex& tree() const noexcept;
  void link_slow() noexcept;
  void link_locked() noexcept;
  cancel_reason effective_locked() noexcept;
  /// The next node of a walk below `top`, parents first; `descend` says whether to go below `at`.
  static cancel_node* next_below(cancel_node* top, cancel_node* at, bool descend) noexcept;
  void claim_below_locked(debt& out) noexcept;

  time_point deadline_ = time_point::max();  // guarded by the tree's lock
  cancel_node* parent_;       // guarded by the tree's lock once published
  list_any children_;         // guarded by the tree's lock
  sys::atomic<std::uint32_t> clean_epoch_{0};
  sys::atomic<unsigned char> reason_{0};
  kind kind_;
  unsigned char stripe_;      // which lock guards this tree; fixed, equal in a whole tree
  sys::atomic<bool> linked_{false};  // written under the tree's lock; the owner may peek
  bool unowned_ = false;      // fixed before publish
};

}  // namespace tutti::detail
