#include <tutti/core/frame_pool.hpp>

#include <utility>

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

void frame_pool::open() noexcept {
  static thread_local cleaner opened;
  (void)opened;
}

frame_pool::pause::pause() noexcept {
  open();
  for (std::size_t i = 0; i < classes; ++i) kept_[i] = std::exchange(lists[i], list{});
}

frame_pool::pause::~pause() {
  for (std::size_t i = 0; i < classes; ++i) lists[i] = kept_[i];
}

void* frame_pool::allocate_slow(std::size_t size) {
  if (TUTTI_UNLIKELY(sys::injected_fault("core.frame") != 0)) throw std::bad_alloc();
  if constexpr (frames_are_pooled) {
    open();
    if (size <= step * classes) size = (size + step - 1) / step * step;
  }
  return ::operator new(size);
}

void frame_pool::release_slow(void* p, std::size_t) noexcept { ::operator delete(p); }

}  // namespace tutti::detail
