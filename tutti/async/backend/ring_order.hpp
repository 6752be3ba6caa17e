/// \file
/// Tells ThreadSanitizer what it cannot see: the kernel hands memory over between submit and
/// completion.
#pragma once

#include <tutti/base/config.hpp>

#ifdef TUTTI_TSAN
extern "C" {
void __tsan_acquire(void* address);
void __tsan_release(void* address);
}
#endif

namespace tutti::detail::ring_order {

/// Before the kernel gets a request that names `p`.
inline void given([[maybe_unused]] void* p) noexcept {
#ifdef TUTTI_TSAN
  __tsan_release(p);
#endif
}
/// After the kernel gave it back.
inline void got([[maybe_unused]] void* p) noexcept {
#ifdef TUTTI_TSAN
  __tsan_acquire(p);
#endif
}

}  // namespace tutti::detail::ring_order
