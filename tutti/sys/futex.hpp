/// \file
/// The kernel's compare-and-sleep on a 32-bit word of this process. For sources, not for headers.
#pragma once

#include <cstdint>

#include <tutti/base/time.hpp>
#include <tutti/sys/atomic.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::sys {

/// Sleeps while `word == expected`, until woken, `deadline` (steady clock) or spuriously.
void futex_wait(atomic<std::uint32_t>& word, std::uint32_t expected, time_point deadline) noexcept;
/// Wakes at most `count` sleepers.
void futex_wake(atomic<std::uint32_t>& word, int count) noexcept;
/// A hint that this thread spins; in a simulation the other strands go first.
inline void cpu_relax() noexcept {
  if (TUTTI_UNLIKELY(current_world != nullptr)) {
    current_world->relax();
    return;
  }
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}
/// How often to look again before sleeping, for what is held a few instructions long. Strands of a
/// simulation share one thread: there it is of no use.
inline unsigned spin_rounds() noexcept { return TUTTI_LIKELY(current_world == nullptr) ? 40 : 0; }

}  // namespace tutti::sys
