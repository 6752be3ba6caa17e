/// \file
/// The door of an executor: counts what was submitted, refuses after shutdown, knows when the last
/// piece is done.
#pragma once

#include <tutti/core/child_group.hpp>
#include <tutti/core/future.hpp>

namespace tutti::detail {

/// Threads:  everything from anywhere.
/// Lifetime: its executor's; the last piece of work touches it no more once `empty()` is done.
/// Wakes:    the last piece of work after close() completes `empty()`.
/// Order:    what submitted work did is seen by who waited for `empty()`. A piece is either refused
/// or waited for:
///           admit() counts first and looks second, close() marks first and gives its own share
///           back second, and both meet in the count.
/// Cancel:   cancel() (of the group) keeps work from starting; what runs goes on.
class intake final : public child_group {
 public:
  intake();
  /// Counts one piece of work in; throws `closed`, naming `who`, after close().
  void admit(const char* who);
  /// True for the first call.
  bool close() noexcept;
  bool is_closed() const noexcept { return closed_.load(sys::acquire); }  // pairs: intake.closed
  /// Done when it is closed and everything admitted is done.
  const shared_future<void>& empty() const noexcept { return empty_; }

 private:
  void emptied() noexcept override;

  promise<void> set_empty_;
  shared_future<void> empty_;
  sys::atomic<bool> closed_{false};
  sys::atomic<bool> told_{false};
};

/// One piece of work on its way in: counted, and counted out again unless a cell took that over.
class admission {
 public:
  admission(intake& door, const char* who) : door_(&door) { door.admit(who); }
  ~admission() {
    if (door_ != nullptr) door_->child_done();
  }
  admission(admission&& other) noexcept : door_(std::exchange(other.door_, nullptr)) {}
  admission& operator=(admission&&) = delete;
  /// Whoever gets the answer counts out.
  intake& hand_over() noexcept { return *std::exchange(door_, nullptr); }

 private:
  intake* door_;
};

}  // namespace tutti::detail
