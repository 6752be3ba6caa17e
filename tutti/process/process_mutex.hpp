/// \file
/// `process_mutex`: a lock between processes that survives its owner.
#pragma once

#include <cstdint>

#include <tutti/base/time.hpp>
#include <tutti/core/task.hpp>
#include <tutti/process/backend/robust_mutex.hpp>
#include <tutti/process/detail/shared_handle.hpp>
#include <tutti/sync/lock_guard.hpp>

namespace tutti {

/// A lock between processes, and between threads of one. A handle: copies, and what a task gets,
/// are the same lock.
///
/// If a process dies while it holds the lock, the next one gets it and is told: `owner_died()` is
/// true until it unlocks. What the lock guards may then be half written; the lock itself stays
/// usable.
///
/// Threads:  lock() and unlock() from any thread of any process; the thread that locked unlocks.
/// Lifetime: counted, as shared_array.
/// Wakes:    unlock() or the owner's death wake one waiter; not fair.
/// Order:    what happened before unlock() is seen after the next lock().
/// Cancel:   by a time limit; a cancelled async_lock() holds nothing.
/// ```
/// std::lock_guard guard{m};
/// if (m.owner_died()) repair();
/// ```
/// Source: `multiprocessing.Lock`; POSIX robust mutexes.
class process_mutex {
 public:
  process_mutex();
  /// Locking what this thread holds throws `deadlock`; on a loop's thread a wait throws
  /// blocking_call.
  void lock();
  bool try_lock();
  bool try_lock_for(detail::timespan limit);
  bool try_lock_until(time_point limit);
  /// Awaits it; gives a `lock_guard<process_mutex>`, which refers to this handle. For tasks of a
  /// loop: the lock belongs to its thread, where the task stays.
  task<lock_guard<process_mutex>> async_lock();
  /// Throws not_owner if this thread does not hold it.
  void unlock();
  /// For the holder: did the one before die with it?
  bool owner_died() const noexcept;

 private:
  friend struct detail::handle_crossing<process_mutex>;
  friend class lock_guard<process_mutex>;
  struct layout;
  explicit process_mutex(detail::shared_block::handle block) noexcept : block_(std::move(block)) {}
  bool lock_until(time_point limit);
  void unlock_for(std::uint64_t) { unlock(); }
  static task<lock_guard<process_mutex>> await_lock(process_mutex& m);

  detail::shared_block::handle block_;
};

template <>
struct wire::crossing<process_mutex> {
  static void encode(byte_writer& out, const process_mutex& m);
  static process_mutex decode(byte_reader& in);
};

}  // namespace tutti
