/// \file
/// A worker's own queue of forks: the owner works at one end, thieves at the other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <tutti/base/config.hpp>
#include <tutti/sys/atomic.hpp>
#include <tutti/sys/cacheline.hpp>

namespace tutti::detail {

/// The deque of Chase and Lev in a ring of fixed size: a full one refuses, and whoever forks then
/// does the work itself.
///
/// Threads:  push() and pop() by the owner; steal() and looks_empty() from anywhere.
/// Lifetime: its worker's; entries are words that mean something to the pool.
/// Wakes:    nobody.
/// Order:    the owner takes the newest first, thieves the oldest. What the owner did before push()
///           is seen by the thief that got the entry.
/// Cancel:   nothing to cancel.
///
/// Why no entry is taken twice or lost. Entries lie in [top, bottom); top only grows, by one CAS
/// each. The owner lowers bottom and then looks at top; a thief looks at top and then at bottom;
/// all four accesses are seq_cst, so in their one order either the thief sees the lowered bottom or
/// the owner sees the thief's top. If more than one entry is left the owner's cannot be a thief's:
/// a thief claims `top`, which the owner saw below its own place. For the last one both use the
/// CAS. A slot is written again only after a push saw top past it (`capacity` entries later), so a
/// thief that read an old slot fails its CAS.
/// Source: Chase, Lev: "Dynamic circular work-stealing deque" (SPAA 2005); Lê et al. (PPoPP 2013).
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
    bottom_.store(at, sys::seq_cst);               // pairs: steal_deque.bottom
    std::int64_t first = top_.load(sys::seq_cst);  // pairs: steal_deque.top
    if (TUTTI_LIKELY(first < at)) return slot(at).load(sys::relaxed);
    entry taken = 0;
    if (first == at) {
      taken = slot(at).load(sys::relaxed);
      // pairs: steal_deque.top
      if (!top_.compare_exchange(first, first + 1, sys::seq_cst, sys::relaxed)) taken = 0;
    }
    bottom_.store(at + 1, sys::relaxed);
    return taken;
  }
  /// The oldest entry; 0: none, or another thief was faster.
  entry steal() noexcept {
    std::int64_t first = top_.load(sys::seq_cst);         // pairs: steal_deque.top
    const std::int64_t end = bottom_.load(sys::seq_cst);  // pairs: steal_deque.bottom
    if (first >= end) return 0;
    const entry e = slot(first).load(sys::relaxed);
    // pairs: steal_deque.top
    return top_.compare_exchange(first, first + 1, sys::seq_cst, sys::relaxed) ? e : 0;
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

  alignas(sys::cacheline) sys::atomic<std::int64_t> top_{0};
  alignas(sys::cacheline) sys::atomic<std::int64_t> bottom_{0};
  std::int64_t seen_top_ = 0;  // owner: the worker; top was at least here
  std::unique_ptr<sys::atomic<entry>[]> slots_ = std::make_unique<sys::atomic<entry>[]>(capacity);
};

}  // namespace tutti::detail
