#include <tutti/testing/detail/allocations.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <new>

#include <tutti/base/config.hpp>
#include <tutti/sys/world.hpp>
#include <tutti/testing/detail/simulation.hpp>
#include <tutti/testing/fault.hpp>

namespace tutti::detail {

thread_local constinit std::uint32_t memory_is_watched = 0;

namespace {

thread_local constinit std::uint32_t unfailing_outside = 0;  // of a thread that simulates nothing
thread_local constinit bool asked = false;                   // the last allocation came to us

std::uint32_t& depth_here() noexcept {
  strand* const s = simulation::here() != nullptr ? simulation::here()->current() : nullptr;
  return s != nullptr ? s->unfailing : unfailing_outside;
}

#if !defined(TUTTI_ASAN) && !defined(TUTTI_TSAN)
bool fails_now() noexcept {
  asked = true;
  const simulation* const world = simulation::here();
  if (world != nullptr && !world->is_on_a_strand()) return false;
  if (depth_here() != 0) return false;
  return sys::injected_fault(memory_site) != 0;
}

TUTTI_INLINE void* take(std::size_t bytes, std::size_t alignment) {
  if (TUTTI_UNLIKELY(memory_is_watched != 0) && fails_now()) throw std::bad_alloc();
  bytes = std::max<std::size_t>(bytes, 1);
  for (;;) {
    void* const p =
        alignment == 0
            ? std::malloc(bytes)
            : std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    if (TUTTI_LIKELY(p != nullptr)) return p;
    const std::new_handler help = std::get_new_handler();
    if (help == nullptr) throw std::bad_alloc();
    help();
  }
}
#endif

}  // namespace

unfailing::unfailing() noexcept : depth_(&depth_here()) { ++*depth_; }

}  // namespace tutti::detail

/// Asks, since a program may have an `operator new` of its own, or a sanitizer's.
bool tutti::testing::allocations_can_fail() noexcept {
  const detail::unfailing not_this_one;
  ++detail::memory_is_watched;
  detail::asked = false;
  ::operator delete(::operator new(1));
  --detail::memory_is_watched;
  return detail::asked;
}

// Weak: a program that replaces them itself keeps its own, and its allocations do not fail. What
// gives memory back is the runtime's, which calls free, as does everything that is not replaced
// here (arrays, nothrow) by calling these two.
#if !defined(TUTTI_ASAN) && !defined(TUTTI_TSAN)
[[gnu::weak]] void* operator new(std::size_t bytes) { return tutti::detail::take(bytes, 0); }
[[gnu::weak]] void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return tutti::detail::take(bytes, static_cast<std::size_t>(alignment));
}
#endif
