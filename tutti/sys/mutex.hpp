/// \file
/// The lock of the house's inside: four bytes, annotated for clang's analysis, held for a few
/// instructions only.
#pragma once

#include <cstdint>

#include <tutti/base/annotations.hpp>
#include <tutti/base/assert.hpp>
#include <tutti/sys/atomic.hpp>

namespace tutti::sys {

/// Threads:  lock() and unlock() from anywhere; never across a suspension, an allocation or user
///           code.
/// Lifetime: outlives its holders.
/// Wakes:    unlock() wakes one sleeper, and only if there is one.
/// Order:    what happened before unlock() is seen after the next lock().
/// Cancel:   cannot be; what it guards is short.
///
/// Word: 0 free, 1 held, 2 held and somebody sleeps (Drepper, "Futexes are tricky", mutex 2). Spins
/// briefly first.
class TUTTI_CAPABILITY("mutex") mutex {
 public:
  mutex() noexcept = default;
  mutex(const mutex&) = delete;
  mutex& operator=(const mutex&) = delete;

  TUTTI_INLINE void lock() noexcept TUTTI_ACQUIRE() {
    std::uint32_t expected = 0;
    // pairs: mutex.unlock
    if (TUTTI_UNLIKELY(!word_.compare_exchange(expected, 1, acquire, relaxed))) lock_slow();
  }
  bool try_lock() noexcept TUTTI_TRY_ACQUIRE(true) {
    std::uint32_t expected = 0;
    return word_.compare_exchange(expected, 1, acquire, relaxed);  // pairs: mutex.unlock
  }
  TUTTI_INLINE void unlock() noexcept TUTTI_RELEASE() {
    if (TUTTI_UNLIKELY(word_.exchange(0, release) == 2)) wake_one();  // pairs: mutex.unlock
  }

 private:
  void lock_slow() noexcept;
  void wake_one() noexcept;

  atomic<std::uint32_t> word_{0};
};

/// Holds a mutex for a block.
class TUTTI_SCOPED_CAPABILITY lock {
 public:
  explicit lock(mutex& m) noexcept TUTTI_ACQUIRE(m) : mutex_(m) { mutex_.lock(); }
  ~lock() TUTTI_RELEASE() {
    if (held_) mutex_.unlock();
  }
  lock(const lock&) = delete;
  lock& operator=(const lock&) = delete;
  /// Gives it up early.
  void unlock() noexcept TUTTI_RELEASE() {
    held_ = false;
    mutex_.unlock();
  }
  void relock() noexcept TUTTI_ACQUIRE() {
    mutex_.lock();
    held_ = true;
  }

 private:
  mutex& mutex_;
  bool held_ = true;
};

}  // namespace tutti::sys
