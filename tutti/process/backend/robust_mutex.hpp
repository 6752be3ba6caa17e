/// \file
/// A lock in shared memory that survives its owner.
#pragma once

#include <cstddef>
#include <cstdint>

#include <tutti/base/time.hpp>
#include <tutti/sys/atomic.hpp>

namespace tutti::detail {

/// Threads:  lock() and unlock() from any thread of any process that maps it; the locker unlocks.
/// Lifetime: the shared memory's; made once, by whoever made the memory.
/// Wakes:    unlock() or the owner's death wake one waiter.
/// Order:    what happened before unlock() is seen after the next lock().
/// Cancel:   by a deadline only.
///
/// The kernel keeps a list of the robust locks every thread holds and passes them on when it dies.
class robust_mutex {
 public:
  robust_mutex();
  robust_mutex(const robust_mutex&) = delete;
  robust_mutex& operator=(const robust_mutex&) = delete;

  enum class result : unsigned char { locked, locked_after_death, timed_out, ours_already };
  result lock_until(time_point deadline) noexcept;
  /// False: this thread does not hold it.
  bool unlock() noexcept;

 private:
  result lock_in_simulation(time_point deadline) noexcept;

  alignas(16) std::byte native_[64];
  sys::atomic<std::uint32_t> owner_{
      0};  // written by the holder; the kernel's number of its thread, or the strand's
};

/// Holds it for a block; tells whether the owner before us died.
class robust_lock {
 public:
  explicit robust_lock(robust_mutex& m) noexcept
      : mutex_(m), result_(m.lock_until(time_point::max())) {}
  robust_lock(const robust_lock&) = delete;
  robust_lock& operator=(const robust_lock&) = delete;
  ~robust_lock() {
    if (result_ != robust_mutex::result::ours_already) mutex_.unlock();
  }
  /// The owner before us died with it: what it guards may be half done.
  bool owner_died() const noexcept { return result_ == robust_mutex::result::locked_after_death; }

 private:
  robust_mutex& mutex_;
  robust_mutex::result result_;
};

}  // namespace tutti::detail
