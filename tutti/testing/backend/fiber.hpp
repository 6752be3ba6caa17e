/// \file
/// A stack of its own for one strand of a simulation, and the switch between two of them.
#pragma once

#include <cstddef>

#include <tutti/base/config.hpp>

namespace tutti::detail {

/// A place where execution stands: a strand, or the thread that runs the simulation.
struct execution {
  execution() noexcept = default;
  execution(const execution&) = delete;
  execution& operator=(const execution&) = delete;

  void* stack_pointer = nullptr;
  void* exceptions[2] = {};  ///< the C++ runtime's caught and uncaught exceptions of this stack
#if defined(TUTTI_ASAN)
  void* fake_stack = nullptr;
  const void* stack_bottom = nullptr;
  std::size_t stack_size = 0;
#endif
#if defined(TUTTI_TSAN)
  void* shadow = nullptr;
#endif
};

/// Makes `to` go on where it stands; returns when somebody switches back to `from`. About 5 ns; the
/// sanitizers are told. Floating-point modes are the thread's, not the strand's.
void switch_execution(execution& from, execution& to) noexcept;

/// What is allocated from here on may stay for ever (or may not): a leak detector is told.
void let_memory_leak(bool may_leak) noexcept;

/// Fills in what the sanitizers want to know about the calling thread's own stack.
void describe_own_stack(execution& here);

/// A guarded stack that runs one function after the other. It is resumed by switch_execution;
/// between two functions it stands still and may be given the next one.
///
/// Threads:  one.
/// Lifetime: not destroyed while a function stands in the middle, unless it is never resumed again
///           and nobody refers to what lies on it.
/// Wakes:    nobody.
/// Order:    program order.
/// Cancel:   cannot be.
class fiber : public execution {
 public:
  using entry = void (*)(void* argument) noexcept;
  /// As much as a thread has by default. A leak detector reads all of what was abandoned.
#if defined(TUTTI_ASAN)
  static constexpr std::size_t stack_bytes = std::size_t{1} << 20U;
#else
  static constexpr std::size_t stack_bytes = std::size_t{8} << 20U;
#endif

  /// Maps the stack (touched pages only cost memory). Throws std::bad_alloc.
  fiber();
  ~fiber();

  /// What it runs when it is switched to next. `e` ends by switching away for good; when this stack
  /// is used again, that switch returns and so shall `e`.
  void prepare(entry e, void* argument) noexcept {
    entry_ = e;
    argument_ = argument;
  }
  /// Forgets what stands on its stack, wherever that was: nobody resumes it or points into it.
  void restart() noexcept;
  /// Its stack is never used again but stays readable: other objects may still point into it.
  void abandon() noexcept;

 private:
  static void loop(fiber* self) noexcept;
  void lay_out() noexcept;
  void* base_ = nullptr;
  entry entry_ = nullptr;
  void* argument_ = nullptr;
  bool abandoned_ = false;
};

}  // namespace tutti::detail
