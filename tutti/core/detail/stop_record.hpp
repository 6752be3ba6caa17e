/// \file
/// Cancellation as a std::stop_token, for foreign code.
#pragma once

#include <stop_token>

#include <tutti/sys/atomic.hpp>

namespace tutti::detail {

class cancel_node;
class task_cell;

/// What turns the cancellation of a task into a std::stop_token's. Counted: the task has one share,
/// a canceller that is about to trigger it (outside all locks) another.
///
/// Threads:  source from anywhere; next by the one canceller that holds `taken`.
/// Lifetime: counted.
/// Wakes:    request_stop() runs the token's callbacks on the canceller's thread.
/// Order:    as std::stop_source.
/// Cancel:   this is it.
struct stop_record {
  /// A token that is asked to stop when the scope this task runs in is cancelled.
  static std::stop_token of(task_cell& cell);

  std::stop_source source;
  ///< whose cancellation it follows; the task leaves that scope after dropping this
  cancel_node* scope = nullptr;
  ///< the task's record for a scope further out; guarded by the tree's lock
  stop_record* outer = nullptr;
  stop_record* next = nullptr;
  sys::atomic<unsigned> shares{1};
  bool taken = false;  ///< guarded by the tree's lock: triggered at most once
  void release() noexcept;
};

}  // namespace tutti::detail
