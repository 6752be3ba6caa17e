/// \file
/// Ctrl-C for programs that want to leave tidily.
#pragma once

namespace tutti::sys {

/// While it lives, the first Ctrl-C (SIGINT) or SIGTERM is only noted; a second one ends the
/// program as if nobody listened. Threads look with `requested()`; nothing is woken, so waits are
/// kept short.
///
/// Threads:  made and destroyed by one thread; requested() from anywhere.
/// Lifetime: one at a time; the destructor puts back what was there before.
/// Wakes:    nobody.
/// Order:    none.
/// Cancel:   does not apply.
class interrupt_watch {
 public:
  interrupt_watch();
  ~interrupt_watch();
  interrupt_watch(const interrupt_watch&) = delete;
  interrupt_watch& operator=(const interrupt_watch&) = delete;

  /// The signal that came while a watch lived, or 0.
  static int requested() noexcept;
};

}  // namespace tutti::sys
