/// \file
/// Where coroutine frames and task records come from: per-thread free lists by size, so that a
/// spawn costs no malloc.
#pragma once

#include <cstddef>
#include <new>

#include <tutti/base/config.hpp>

namespace tutti::detail {

#if defined(TUTTI_ASAN) || defined(TUTTI_TSAN)
inline constexpr bool frames_are_pooled = false;  // so that the sanitizers see every use after free
#else
inline constexpr bool frames_are_pooled = true;
#endif

/// Size classes of 64 bytes up to 1 KiB; larger blocks come from the heap. A block freed on another
/// thread joins that thread's list; lists are bounded and give the surplus back.
class frame_pool {
 public:
  static constexpr std::size_t step = 64;
  static constexpr std::size_t classes = 16;
  static constexpr unsigned blocks_max = 4096;  ///< kept per class and thread

  TUTTI_INLINE static void* allocate(std::size_t size) {
    if constexpr (frames_are_pooled) {
      const std::size_t index = (size + step - 1) / step;
      if (TUTTI_LIKELY(index <= classes)) {
        list& l = lists[index - 1];
        if (block* b = l.head; TUTTI_LIKELY(b != nullptr)) {
          l.head = b->next;
          --l.count;
          return b;
        }
      }
    }
    return allocate_slow(size);
  }
  TUTTI_INLINE static void release(void* p, std::size_t size) noexcept {
    if constexpr (frames_are_pooled) {
      const std::size_t index = (size + step - 1) / step;
      if (TUTTI_LIKELY(index <= classes)) {
        list& l = lists[index - 1];
        if (TUTTI_LIKELY(l.count < l.limit)) {
          auto* b = static_cast<block*>(p);
          b->next = l.head;
          l.head = b;
          ++l.count;
          return;
        }
      }
    }
    release_slow(p, size);
  }

  class pause;

 private:
  struct block {
    block* next;
  };
  struct list {
    block* head = nullptr;
    unsigned count = 0;
    unsigned limit = 0;  ///< 0 until this thread has arranged for its lists to be freed at its end
  };
  struct cleaner;
  static void open() noexcept;
  static void* allocate_slow(std::size_t size);
  static void release_slow(void* p, std::size_t size) noexcept;

  static thread_local constinit list lists[classes];
};

inline thread_local constinit frame_pool::list frame_pool::lists[frame_pool::classes]{};

/// While it lives, blocks of this thread come from the heap and go back there, so that what a
/// simulation does depends on nothing that was before, and every one of them may be told to fail.
///
/// Threads:  one.
/// Lifetime: a block.
/// Wakes:    nobody.
/// Order:    program order.
/// Cancel:   cannot be.
class frame_pool::pause {
 public:
  pause() noexcept;
  ~pause();
  pause(const pause&) = delete;
  pause& operator=(const pause&) = delete;

 private:
  list kept_[classes];
};

}  // namespace tutti::detail
