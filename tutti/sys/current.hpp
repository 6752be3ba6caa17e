/// \file
/// What a thread knows about itself, in one place, so that a simulation can swap it when it
/// switches strands.
#pragma once

#include <tutti/base/config.hpp>
#include <tutti/sys/parker.hpp>

namespace tutti::sys {

/// Pointers of higher rooms, untyped here. owner: the thread itself.
struct current_state {
  void* cell = nullptr;       ///< core: the task that runs here
  void* scheduler = nullptr;  ///< core: the executor whose thread this is, if any
  void* worker = nullptr;     ///< thread: the pool worker, if any
  void* pending = nullptr;    ///< core: what to resume next instead of deeper recursion
  unsigned depth = 0;         ///< core: nested transfers, where they are no tail calls
  parker* sleeper = nullptr;  ///< this thread's own parker, made at first use
  ///< core: the cell of a plain strand of a simulation, made at first use
  void* own_cell = nullptr;
  void (*drop_own_cell)(void*) noexcept = nullptr;  ///< whoever ends such a strand calls it
};

inline thread_local constinit current_state current{};

/// The calling thread's parker: lives as long as the thread (or strand), so a late unpark() always
/// hits live memory.
parker& this_parker() noexcept;

}  // namespace tutti::sys
