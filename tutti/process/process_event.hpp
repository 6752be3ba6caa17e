/// \file
/// `process_event`: a flag that processes wait for.
#pragma once

#include <tutti/base/time.hpp>
#include <tutti/core/task.hpp>
#include <tutti/process/detail/shared_handle.hpp>

namespace tutti {

/// A flag between processes. A handle: copies, and what a task gets, are the same event.
///
/// Threads:  everything from any thread of any process.
/// Lifetime: counted, as shared_array.
/// Wakes:    set() wakes all waiters.
/// Order:    what happened before set() is seen after wait().
/// Cancel:   by a time limit; a cancelled async_wait() leaves no trace. A process that dies while
/// it waits harms nobody.
/// ```
/// tutti::process_event ready;
/// tutti::process p{"server", serve, ready};
/// ready.wait();
/// ```
/// Source: `multiprocessing.Event`.
class process_event {
 public:
  process_event();
  /// On a loop's thread it throws blocking_call if it would have to wait.
  void wait();
  bool try_wait_for(detail::timespan limit);
  bool try_wait_until(time_point limit);
  /// The same, awaited.
  task<void> async_wait();
  void set();
  void clear();
  bool is_set() const noexcept;

 private:
  friend struct detail::handle_crossing<process_event>;
  struct layout;
  static task<void> await_set(detail::shared_block::handle block);
  explicit process_event(detail::shared_block::handle block) noexcept : block_(std::move(block)) {}

  detail::shared_block::handle block_;
};

template <>
struct wire::crossing<process_event> {
  static void encode(byte_writer& out, const process_event& e);
  static process_event decode(byte_reader& in);
};

}  // namespace tutti
