/// \file
/// What a lock tells the watch over all locks, if it is watched; see lock_watch.hpp.
#pragma once

#include <cstdint>
#include <source_location>

#include <tutti/base/config.hpp>
#include <tutti/sys/atomic.hpp>

namespace tutti::detail {

class task_cell;
struct watched_lock;

/// Are locks watched that are made from now on?
enum class watching : unsigned char { undecided, off, on };
inline constinit sys::atomic<watching> locks_watching{watching::undecided};

/// A record for a new lock, or null: locks are not watched, there is no memory, or this is a
/// simulation, whose explorer sees every deadlock itself.
watched_lock* watch_lock_slow(const char* kind, std::source_location made_at) noexcept;
TUTTI_INLINE watched_lock* watch_lock(const char* kind, std::source_location made_at) noexcept {
  if (TUTTI_LIKELY(locks_watching.load(sys::relaxed) == watching::off)) return nullptr;
  return watch_lock_slow(kind, made_at);
}
/// The lock is gone.
void forget_lock_slow(watched_lock* l) noexcept;
TUTTI_INLINE void forget_lock(watched_lock* l) noexcept {
  if (TUTTI_UNLIKELY(l != nullptr)) forget_lock_slow(l);
}

/// `cell` is about to take `l`, and waits if it must: orders are compared, and a new one that turns
/// a former one round is reported. Without any lock held.
void lock_wanted(watched_lock& l, task_cell& cell, std::source_location at) noexcept;
/// `actor` has it now, by the form for threads or awaited. Under the lock of the primitive, as the
/// rest.
void lock_taken(watched_lock& l, task_cell& cell, std::uint64_t actor, std::source_location at,
                bool blocking_form) noexcept;
/// `cell` has to wait. Throws `deadlock` if it would wait for itself round a ring, when `endless`
/// says that nothing else ends its wait.
void lock_waits(watched_lock& l, task_cell& cell, std::source_location at, bool endless);
/// `actor` does not wait any more: it has given up, or it was `handed` the lock.
void lock_wait_over(watched_lock& l, std::uint64_t actor, bool handed) noexcept;
void lock_released(watched_lock& l, std::uint64_t actor) noexcept;

}  // namespace tutti::detail
