/// \file
/// A worker's own queue of forks: the owner works at one end, thieves at the other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <tutti/base/config.hpp>
#include <tutti/sys/asymmetric_fence.hpp>
#include <tutti/sys/atomic.hpp>
#include <tutti/sys/cacheline.hpp>
#include <tutti/sys/mutex.hpp>

namespace tutti::detail {

/// A split deque in a ring of fixed size: a full one refuses, and whoever forks then does the work
/// itself. Entries lie in [top, bottom). Those from `split` on are private: the owner takes them
/// with plain loads and stores. Those before it are shared and taken under a lock. A thief that
/// finds nothing shared moves the split itself, by half of what there is, so that a fork can be had
/// at any time, whatever the owner does, and the next thieves find something shared.
///
/// Threads:  push() and pop() by the owner; steal() and looks_empty() from anywhere.
/// Lifetime: its worker's; entries are words that mean something to the pool.
/// Wakes:    nobody.
/// Order:    the owner takes the newest first, thieves the oldest. What the owner did before push()
///           is seen by the thief that got the entry.
/// Cancel:   nothing to cancel.
///
/// Why no entry is taken twice or lost. `top` and `split` change under the lock only, so what is
/// shared has one taker. What is private has the owner only, if a thief that moves the split and an
/// owner that pops cannot miss each other: the owner lowers bottom and then looks at split, with
/// the light fence between; the thief raises split and then looks at bottom, with the heavy one
/// between. So either the owner sees the raised split and goes for the lock, or the thief sees the
/// lowered bottom and takes the split back to it (Dekker's pattern). A slot is written again only
/// after a push saw top past it, `capacity` entries later.
///
/// What it costs: the owner neither a fence nor an atomic operation while private entries last; the
/// heavy fence is a system call of about a microsecond, once for half of the entries.
/// Source: Frigo, Leiserson, Randall: "The implementation of the Cilk-5 multithreaded language"
/// (PLDI 1998), its THE protocol; van Dijk, van de Pol: "Lace" (2014), the split; Ladan-Mozes, Lee,
/// Vyukov: "Location-based memory fences" (SPAA 2011).
class steal_deque {
 public:
  using entry = std::uintptr_t;  ///< never 0
  static constexpr std::int64_t capacity = 4096;

  /// False: full.
  TUTTI_INLINE bool push(entry e) noexcept {
    const std::int64_t at = bottom_.load(sys::relaxed);
    if (TUTTI_UNLIKELY(at - seen_top_ >= capacity)) {
      seen_top_ = top_.load(sys::acquire);  // pairs: steal_deque.top
      if (at - seen_top_ >= capacity) return false;
    }
    slot(at).store(e, sys::relaxed);
    bottom_.store(at + 1, sys::release);  // pairs: steal_deque.bottom
    return true;
  }
  /// The newest entry; 0: none.
  TUTTI_INLINE entry pop() noexcept {
    const std::int64_t at = bottom_.load(sys::relaxed) - 1;
    bottom_.store(at, sys::release);  // pairs: steal_deque.bottom
    sys::light_fence();
    if (TUTTI_LIKELY(at >= split_.load(sys::relaxed))) return slot(at).load(sys::relaxed);
    return pop_shared(at);
  }
  /// The oldest entry; 0: none, or another thief is at it.
  entry steal() noexcept {
    if (looks_empty() || !mu_.try_lock()) return 0;
    const entry e = take_oldest();
    mu_.unlock();
    return e;
  }
  bool looks_empty() const noexcept {
    return top_.load(sys::relaxed) >= bottom_.load(sys::relaxed);
  }
  std::size_t size() const noexcept {
    const std::int64_t n = bottom_.load(sys::relaxed) - top_.load(sys::relaxed);
    return n > 0 ? static_cast<std::size_t>(n) : 0;
  }

 private:
  sys::atomic<entry>& slot(std::int64_t i) noexcept {
    return slots_[static_cast<std::size_t>(i) % capacity];
  }
  /// The entry at the lowered bottom, which was shared a moment ago; half of those before it become
  /// private again.
  entry pop_shared(std::int64_t at) noexcept;
  entry take_oldest() noexcept TUTTI_REQUIRES(mu_);

  alignas(sys::cacheline) sys::mutex mu_;
  sys::atomic<std::int64_t> top_{0};                            // written under the lock
  alignas(sys::cacheline) sys::atomic<std::int64_t> split_{0};  // written under the lock
  alignas(sys::cacheline) sys::atomic<std::int64_t> bottom_{0};
  std::int64_t seen_top_ = 0;  // owner: the worker; top was at least here
  std::unique_ptr<sys::atomic<entry>[]> slots_ = std::make_unique<sys::atomic<entry>[]>(capacity);
};

}  // namespace tutti::detail
