/// \file
/// Who waits for whose end: what the watch over locks is told besides.
#pragma once

#include <cstdint>

#include <tutti/core/future_state.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/sys/atomic.hpp>

namespace tutti::detail {

/// Somebody who wants to know of waits for the end of a certain task or thread.
struct wait_watch {
  /// `who` is about to wait for the end of the one whose id is `whom`, without limit. Throws
  /// `deadlock` if that one waits for `who`, directly or round a ring.
  void (*waits_for)(task_cell& who, std::uint64_t whom);
  /// `who` does not wait any more.
  void (*over)(task_cell& who) noexcept;
};
/// Null: nobody does. Set once, by the first lock that is watched.
inline constinit sys::atomic<const wait_watch*> waits_watched{nullptr};

inline const wait_watch* watch_of_waits() noexcept {
  return waits_watched.load(sys::acquire);  // pairs: wait_watch.set
}

/// The id of the task that completes `f`, which lives until then as part of it; 0: nobody watches,
/// no task does, or it has.
inline std::uint64_t producer_to_watch(const future_base& f) noexcept {
  const task_cell* const own = watch_of_waits() != nullptr ? f.produced_by() : nullptr;
  return own != nullptr && !f.done() ? const_cast<task_cell*>(own)->id() : 0;
}

/// A blocking wait for the end of `whom` (0: it has none), from here to the end of the block.
class watched_wait {
 public:
  watched_wait(task_cell& who, std::uint64_t whom)
      : who_(who), watch_(whom != 0 ? watch_of_waits() : nullptr) {
    if (TUTTI_UNLIKELY(watch_ != nullptr)) watch_->waits_for(who, whom);
  }
  ~watched_wait() {
    if (TUTTI_UNLIKELY(watch_ != nullptr)) watch_->over(who_);
  }
  watched_wait(const watched_wait&) = delete;
  watched_wait& operator=(const watched_wait&) = delete;

 private:
  task_cell& who_;
  const wait_watch* const watch_;
};

}  // namespace tutti::detail
