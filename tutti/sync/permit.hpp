/// \file
/// Holding one permit of a semaphore or a limiter for a block.
#pragma once

#include <cstdint>
#include <utility>

namespace tutti {

namespace detail {
class counting;
struct borrow_waiter;
}  // namespace detail

/// One permit, given back at the end of the block. Moves like a `unique_ptr`, also to another task
/// or thread.
/// ```
/// tutti::permit one{s};                     // in a thread: acquires, blocks
/// auto one = co_await s.async_acquire();    // in a coroutine
/// one.release();                            // early
/// ```
class [[nodiscard("without a name the permit is given back at once")]] permit {
 public:
  permit() noexcept = default;
  /// Acquires from `source`: a semaphore, bounded_semaphore or capacity_limiter. Blocks.
  template <class Source>
    requires requires(Source& s) {
      s.acquire();
      s.taken();
    }
  explicit permit(Source& source) : permit(from(source)) {}
  permit(permit&& other) noexcept
      : from_(std::exchange(other.from_, nullptr)), give_(other.give_), owner_(other.owner_) {}
  permit& operator=(permit&& other) noexcept {
    permit moved(std::move(other));
    std::swap(from_, moved.from_);
    std::swap(give_, moved.give_);
    std::swap(owner_, moved.owner_);
    return *this;
  }
  ~permit() { release(); }

  /// Gives it back now; nothing happens the second time.
  void release() noexcept {
    if (from_ != nullptr) give_(std::exchange(from_, nullptr), owner_);
  }
  bool owns_permit() const noexcept { return from_ != nullptr; }
  explicit operator bool() const noexcept { return owns_permit(); }

 private:
  friend class detail::counting;
  friend struct detail::borrow_waiter;
  friend class capacity_limiter;
  friend class process_semaphore;
  using giver = void (*)(void* from, std::uint64_t owner) noexcept;
  template <class Source>
  static permit from(Source& source) {
    if constexpr (requires { source.acquire_owned(); }) {
      source.acquire_owned();  // so that it is given back even if its owner dies
    } else {
      source.acquire();
    }
    return source.taken();
  }
  permit(void* from, giver give, std::uint64_t owner) noexcept
      : from_(from), give_(give), owner_(owner) {}

  void* from_ = nullptr;
  giver give_ = nullptr;
  std::uint64_t owner_ = 0;  ///< who borrowed it, where that matters
};

}  // namespace tutti
