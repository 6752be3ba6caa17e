/// \file
/// Who is told that a task is about to wait: a debugging part of a higher room, if one asks.
#pragma once

#include <tutti/sys/atomic.hpp>

namespace tutti::detail {

class task_cell;
struct wait_kind;

/// Called by the task itself when its wait is registered already, so it must neither wait nor lock
/// anything that `self` could wait for. Null: nobody asks. Set once, for good.
using park_watcher = void (*)(task_cell& self, const wait_kind& why) noexcept;
inline constinit sys::atomic<park_watcher> park_watch{nullptr};

}  // namespace tutti::detail
