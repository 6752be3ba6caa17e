#include <tutti/sys/asymmetric_fence.hpp>

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tutti::sys {

bool fences_are_asymmetric() noexcept {
  static const bool registered =
      ::syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
  return registered;
}

void heavy_fence() noexcept {
#if defined(TUTTI_MODEL)
  if (current_memory != nullptr) {
    current_memory->fence();
    return;
  }
#endif
  std::atomic_thread_fence(std::memory_order_seq_cst);  // pairs: asymmetric_fence
  if (fences_are_asymmetric()) ::syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

}  // namespace tutti::sys
