/// \file
/// Ctrl-C: who is told, and how the former disposition comes back.
#pragma once

namespace tutti::sys {

/// While one exists and SIGINT had its default disposition, the first SIGINT calls `notify` (in
/// signal context: it may only store and wake) and the second one ends the program as if nobody had
/// caught it. Only the outermost is told.
class sigint_watch {
 public:
  /// `target` outlives the watch. active() is false if somebody else handles SIGINT already.
  sigint_watch(void (*notify)(void*) noexcept, void* target) noexcept;
  ~sigint_watch();
  sigint_watch(const sigint_watch&) = delete;
  sigint_watch& operator=(const sigint_watch&) = delete;
  bool active() const noexcept { return active_; }

 private:
  bool active_ = false;
};

}  // namespace tutti::sys
