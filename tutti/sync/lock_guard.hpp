/// \file
/// Holding a mutex for a block, in threads and in tasks.
#pragma once

#include <cstdint>
#include <source_location>
#include <utility>

#include <tutti/base/error.hpp>
#include <tutti/core/task_cell.hpp>

namespace tutti {

/// Holds a `mutex`, `recursive_mutex`, `shared_mutex` (for writing) or `process_mutex` until the
/// end of the block.
///
/// In a thread it locks what it is given and blocks; in a coroutine it is what `co_await
/// m.async_lock()` gives. It may be moved, also to another task or thread: whoever has the guard
/// may unlock, the lock still belongs to the task that took it.
/// ```
/// tutti::lock_guard hold{m};                 // in a thread
/// auto hold = co_await m.async_lock();       // in a coroutine
/// ```
/// Source: `std::unique_lock`; Python's `with lock:`.
template <class M>
class [[nodiscard("without a name the lock is given back at once")]] lock_guard {
 public:
  using mutex_type = M;

  lock_guard() noexcept = default;
  explicit lock_guard(M& m, std::source_location at = std::source_location::current())
      : mutex_(&m) {
    lock(at);
  }
  lock_guard(lock_guard&& other) noexcept
      : mutex_(std::exchange(other.mutex_, nullptr)), owner_(std::exchange(other.owner_, 0)) {}
  lock_guard& operator=(lock_guard&& other) noexcept {
    lock_guard(std::move(other)).swap(*this);
    return *this;
  }
  ~lock_guard() {
    if (owner_ != 0) mutex_->unlock_for(owner_);
  }

  bool owns_lock() const noexcept { return owner_ != 0; }
  explicit operator bool() const noexcept { return owns_lock(); }
  /// Gives the lock back early. Throws `not_owner` if this guard holds nothing.
  void unlock() {
    if (owner_ == 0) throw not_owner("this guard holds no lock");
    mutex_->unlock_for(std::exchange(owner_, 0));
  }
  /// Takes it again; blocks, so not for coroutines, which await `async_lock()` instead.
  void lock(std::source_location at = std::source_location::current()) {
    if (owner_ != 0) throw deadlock("this guard holds its lock already");
    if (mutex_ == nullptr) throw not_owner("this guard belongs to no mutex");
    if constexpr (requires { mutex_->lock(at); }) {
      mutex_->lock(at);
    } else {
      mutex_->lock();
    }
    owner_ = detail::current_cell().actor();
  }
  M* mutex() const noexcept { return mutex_; }
  /// Forgets the lock without giving it back: the caller unlocks the mutex itself.
  M* release() noexcept {
    owner_ = 0;
    return std::exchange(mutex_, nullptr);
  }
  void swap(lock_guard& other) noexcept {
    std::swap(mutex_, other.mutex_);
    std::swap(owner_, other.owner_);
  }

 private:
  friend M;
  lock_guard(M& m, std::uint64_t owner) noexcept : mutex_(&m), owner_(owner) {}

  M* mutex_ = nullptr;
  std::uint64_t owner_ = 0;  ///< who took it; 0: nothing is held
};

}  // namespace tutti
