/// \file
/// A scope that owns tasks and cannot be left before they are done.
#pragma once

#include <cstddef>
#include <exception>
#include <string>
#include <vector>

#include <tutti/core/detail/cancel_node.hpp>
#include <tutti/core/task.hpp>

namespace tutti::detail {

/// The untyped half of task groups and of a run's background tasks.
///
/// Threads:  adopt(), child_done() and child_failed() from anywhere; join() by the owner, once.
/// Lifetime: in the owner's frame; join() returns after the last child's last touch.
/// Wakes:    the last child wakes the owner in join().
/// Order:    everything a child did is seen after join().
/// Cancel:   join() itself cannot be cancelled: cancelling the scope ends the children, which ends
///           it.
class child_group : public cancel_node {
 public:
  struct failure {
    std::exception_ptr error;
    std::string name;
  };

  explicit child_group(cancel_node* parent) noexcept : cancel_node(kind::scope, parent) {}
  virtual ~child_group() = default;

  void adopt() noexcept { live_.fetch_add(1, sys::acquire); }  // pairs: child_group.live
  /// After this the child touches the group no more.
  void child_done() noexcept {
    if (live_.fetch_sub(1, sys::acq_rel) == 1) emptied();  // pairs: child_group.live
  }
  /// A real error of a child: kept, and the others are cancelled.
  void child_failed(std::exception_ptr error, std::string name) noexcept;

  /// A child ended by cancellation: the group's work is not complete.
  void child_cancelled() noexcept { lost_.store(true, sys::relaxed); }
  bool lost_children() const noexcept { return lost_.load(sys::relaxed); }
  /// There was no memory to keep an error; it was reported instead.
  bool forgot_failures() const noexcept { return forgot_.load(sys::relaxed); }

  /// Children that are not done.
  std::size_t size() const noexcept { return live_.load(sys::relaxed) - (joined_ ? 0U : 1U); }

  class join_awaiter : public native_awaiter {
   public:
    explicit join_awaiter(child_group& g) noexcept : group_(g) {}
    bool await_ready() const noexcept { return false; }
    template <std::derived_from<promise_base> Promise>
    bool await_suspend(std::coroutine_handle<Promise> h) noexcept {
      wait_.emplace(joining, *h.promise().cell);
      group_.joined_ = true;
      if (group_.live_.fetch_sub(1, sys::acq_rel) == 1) return false;  // pairs: child_group.live
      return wait_->cell->park(*wait_, h);
    }
    void await_resume() const noexcept {}

   private:
    child_group& group_;
    std::optional<wait> wait_;
  };
  join_awaiter join() noexcept { return join_awaiter(*this); }

  /// After join(): what failed, in order of completion.
  std::vector<failure> take_failures() noexcept;

 protected:
  /// The last child is done and the owner has joined: the owner goes on. Executors, which no task
  /// owns, do it their way.
  virtual void emptied() noexcept { owner->wake(); }

 private:
  static const wait_kind joining;

  sys::mutex mu_;
  std::vector<failure> failures_ TUTTI_GUARDED_BY(mu_);
  sys::atomic<unsigned> live_{1};  // the children and, until it joins, the owner
  sys::atomic<bool> lost_{false};
  sys::atomic<bool> forgot_{false};
  bool joined_ = false;            // owner: the owning task
};

/// The scope of a `run`: where free `spawn` puts tasks.
class root_scope : public child_group {
 public:
  using child_group::child_group;
  /// Which of the run's loops takes the next task.
  virtual scheduler& place() noexcept = 0;
};

}  // namespace tutti::detail
