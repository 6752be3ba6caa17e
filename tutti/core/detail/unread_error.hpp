/// \file
/// Whose error is being told.
#pragma once

namespace tutti::detail {

class task_cell;

/// Inside of report_unobserved(), for its handler: the task whose error nobody read, where it was
/// one of `spawn`, `submit` or a group. Null elsewhere.
const task_cell* task_of_unread() noexcept;

/// While it lives, errors that are told on this thread are those of `task` (which may be null).
///
/// Threads:  made, used and gone on one thread.
/// Lifetime: around one report; the task outlives it.
/// Wakes:    nobody.
/// Order:    not nested.
/// Cancel:   nothing to cancel.
class unread_error {
 public:
  explicit unread_error(const task_cell* task) noexcept;
  unread_error(const unread_error&) = delete;
  unread_error& operator=(const unread_error&) = delete;
  ~unread_error();
};

}  // namespace tutti::detail
