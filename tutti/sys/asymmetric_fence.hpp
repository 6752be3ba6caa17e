/// \file
/// A pair of fences of which one is free: for protocols with a frequent and a rare side.
#pragma once

#include <tutti/base/config.hpp>
#include <tutti/sys/atomic.hpp>

namespace tutti::sys {

/// True when heavy_fence() also stops the other threads, so that light_fence() need not. Set once,
/// before the first thread of ours starts.
bool fences_are_asymmetric() noexcept;

/// The same as a constant; false before it was initialized, which is merely slower.
inline const bool light_fence_is_free = fences_are_asymmetric();

/// What the thread did before is visible before it reads what comes after, to every thread that
/// passes heavy_fence() in between: of two threads that each write, fence and read, one light and
/// one heavy, at least one sees what the other wrote. Keeps the compiler from reordering and costs
/// nothing where the kernel does the rest.
TUTTI_INLINE void light_fence() noexcept {
#if defined(TUTTI_MODEL)
  if (current_memory != nullptr) current_memory->fence();
#endif
  if (TUTTI_LIKELY(light_fence_is_free)) {
    std::atomic_signal_fence(std::memory_order_seq_cst);  // pairs: asymmetric_fence
  } else {
    std::atomic_thread_fence(std::memory_order_seq_cst);  // pairs: asymmetric_fence
  }
}
/// The rare side: a system call of about a microsecond that interrupts the running threads of this
/// process. Source: membarrier(2), MEMBARRIER_CMD_PRIVATE_EXPEDITED.
void heavy_fence() noexcept;

}  // namespace tutti::sys
