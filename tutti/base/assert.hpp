/// \file
/// What must hold. A broken contract ends the program with a sentence; the outside world is never
/// asserted on.
#pragma once

#include <tutti/base/config.hpp>

namespace tutti::detail {

/// Prints `tutti: FILE:LINE: TEXT` (and the running task, once core has said how to name it) to
/// stderr and aborts.
[[noreturn]] void fail(const char* file, int line, const char* text) noexcept;

/// Lets a higher room add a line to every failure, e.g. the name of the running task. Fixed before
/// main.
using failure_note = void (*)() noexcept;
void set_failure_note(failure_note note) noexcept;

}  // namespace tutti::detail

/// Memory safety and lifetimes: kept in every build. `text` says what the caller did and what to do
/// instead.
#define TUTTI_CHECK(condition, text) \
  (TUTTI_LIKELY(condition) ? void(0) : ::tutti::detail::fail(__FILE__, __LINE__, text))

/// Invariants of our own code: kept unless NDEBUG.
#ifdef NDEBUG
#define TUTTI_ASSERT(condition) void(sizeof(!(condition)))
#else
#define TUTTI_ASSERT(condition)      \
  (TUTTI_LIKELY(condition) ? void(0) \
                           : ::tutti::detail::fail(__FILE__, __LINE__, "broken: " #condition))
#endif
