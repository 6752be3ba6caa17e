#include <tutti/core/frame_pool.hpp>

#include <tutti/sys/world.hpp>

namespace tutti::detail {

/// Gives a thread's lists back at its end. Its construction is what opens the lists for use.
struct frame_pool::cleaner {
  cleaner() noexcept {
    for (list& l : lists) l.limit = blocks_max;
  }
  ~cleaner() {
    for (list& l : lists) {
      l.limit = 0;
      while (block* b = l.head) {
        l.head = b->next;
        ::operator delete(b);
      }
      l.count = 0;
    }
  }
};

void* frame_pool::allocate_slow(std::size_t size) {
  if (TUTTI_UNLIKELY(sys::injected_fault("core.frame") != 0)) throw std::bad_alloc();
  if constexpr (frames_are_pooled) {
    static thread_local cleaner opened;
    (void)opened;
    if (size <= step * classes) size = (size + step - 1) / step * step;
  }
  return ::operator new(size);
}

void frame_pool::release_slow(void* p, std::size_t) noexcept { ::operator delete(p); }

}  // namespace tutti::detail
