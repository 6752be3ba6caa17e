// Memory that runs out when a test says so. One file of a program includes this: it replaces the
// operators new and delete of the whole program. Not in builds with ThreadSanitizer, which brings
// its own.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

namespace failing_memory {

/// How many allocations of this thread still work; negative: all. After the one that failed all
/// work again: those who clean up find memory.
inline thread_local long works_for = -1;
inline thread_local bool has_failed = false;
/// How many there were in this thread.
inline thread_local long allocations = 0;

inline void* allocate(std::size_t size, std::size_t alignment = alignof(std::max_align_t)) {
  ++allocations;
  if (works_for == 0) {
    works_for = -1;
    has_failed = true;
    throw std::bad_alloc();
  }
  if (works_for > 0) --works_for;
  const std::size_t whole = (size / alignment + 1) * alignment;
  if (void* const p = std::aligned_alloc(alignment, whole)) return p;
  throw std::bad_alloc();
}

}  // namespace failing_memory

void* operator new(std::size_t size) { return failing_memory::allocate(size); }
void* operator new[](std::size_t size) { return failing_memory::allocate(size); }
void* operator new(std::size_t size, std::align_val_t a) {
  return failing_memory::allocate(size, static_cast<std::size_t>(a));
}
// Where a sanitizer brings its own form of this one, ours would free what it allocated.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return failing_memory::allocate(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
