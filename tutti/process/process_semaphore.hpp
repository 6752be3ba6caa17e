/// \file
/// `process_semaphore`: permits shared by processes.
#pragma once

#include <cstdint>

#include <tutti/base/time.hpp>
#include <tutti/core/task.hpp>
#include <tutti/process/detail/shared_handle.hpp>
#include <tutti/sync/permit.hpp>

namespace tutti {

/// `n` permits between processes. A handle: copies, and what a task gets, are the same semaphore.
///
/// Threads:  everything from any thread of any process.
/// Lifetime: counted, as shared_array.
/// Wakes:    release(k) wakes up to k waiters; not fair.
/// Order:    what happened before release() is seen after the acquire() that took its permit.
/// Cancel:   by a time limit; a cancelled async_acquire() holds nothing. A permit taken by a
/// process that died is not given back: that is what process_mutex does.
///
/// Source: `multiprocessing.Semaphore`.
class process_semaphore {
 public:
  explicit process_semaphore(std::uint32_t permits);
  /// On a loop's thread it throws blocking_call if it would have to wait.
  void acquire();
  bool try_acquire() noexcept;
  bool try_acquire_for(detail::timespan limit);
  bool try_acquire_until(time_point limit);
  /// Awaits a permit; gives it as an RAII `permit`, which refers to this handle.
  task<permit> async_acquire();
  void release(std::uint32_t count = 1);
  /// Free permits now.
  std::uint32_t value() const noexcept;

 private:
  friend struct detail::handle_crossing<process_semaphore>;
  friend class permit;
  permit taken() noexcept;
  static task<permit> await_permit(process_semaphore& s);
  struct layout;
  explicit process_semaphore(detail::shared_block::handle block) noexcept
      : block_(std::move(block)) {}

  detail::shared_block::handle block_;
};

template <>
struct wire::crossing<process_semaphore> {
  static void encode(byte_writer& out, const process_semaphore& s);
  static process_semaphore decode(byte_reader& in);
};

}  // namespace tutti
