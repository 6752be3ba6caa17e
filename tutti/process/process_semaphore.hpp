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
/// A permit held as a `permit` (by `async_acquire()`, or `tutti::permit one{s};` in a thread) has
/// an owner, the process that took it: if that dies, its permits are given back within 50 ms, by
/// whoever waits for one or tries to take one. `acquire()` and `release()` only count, so one
/// process may acquire what another releases; what a process took so and died with stays taken.
///
/// Threads:  everything from any thread of any process.
/// Lifetime: counted, as shared_array.
/// Wakes:    release(k) wakes up to k waiters; not fair.
/// Order:    what happened before release() is seen after the acquire() that took its permit.
/// Cancel:   by a time limit; a cancelled async_acquire() holds nothing.
/// ```
/// const tutti::permit one{licences};   // given back at the end of the block, or of the process
/// ```
/// Source: `multiprocessing.Semaphore`, which loses what the dead held.
class process_semaphore {
 public:
  explicit process_semaphore(std::uint32_t permits);
  /// On a loop's thread it throws blocking_call if it would have to wait.
  void acquire();
  bool try_acquire() noexcept;
  bool try_acquire_for(detail::timespan limit);
  bool try_acquire_until(time_point limit);
  /// Awaits a permit; gives it as an RAII `permit`, which refers to this handle. Throws `error`
  /// when more than 255 processes own permits of it.
  task<permit> async_acquire();
  void release(std::uint32_t count = 1);
  /// Free permits now.
  std::uint32_t value() const noexcept;

 private:
  friend struct detail::handle_crossing<process_semaphore>;
  friend class permit;
  static constexpr std::uint32_t owners_max = 255;
  struct layout;
  class ledger;
  explicit process_semaphore(detail::shared_block::handle block) noexcept
      : block_(std::move(block)) {}
  permit taken() noexcept;
  void acquire_owned();
  void release_owned() noexcept;
  bool try_take(bool owned);
  bool take_until(time_point limit, bool owned);
  void bury_the_dead() noexcept;
  void wake(std::uint32_t count) noexcept;
  static task<permit> await_permit(process_semaphore& s);

  detail::shared_block::handle block_;
};

template <>
struct wire::crossing<process_semaphore> {
  static void encode(byte_writer& out, const process_semaphore& s);
  static process_semaphore decode(byte_reader& in);
};

}  // namespace tutti
