/// \file
/// The state word of a task and every change it may make. The drawing is in
/// docs/internal/task_life.md.
#pragma once

#include <cstdint>

namespace tutti::detail::task_state {

// The low three bits: one of these.
inline constexpr std::uint32_t created = 0;   ///< not run yet
inline constexpr std::uint32_t active = 1;    ///< in a ready queue or running
inline constexpr std::uint32_t parked = 2;    ///< suspended; whoever ends the wait makes it active
inline constexpr std::uint32_t blocked = 3;   ///< as parked, but a thread sleeps in it
///< a canceller runs the abort function; nobody else may make it active
inline constexpr std::uint32_t aborting = 4;
inline constexpr std::uint32_t done = 5;
inline constexpr std::uint32_t what = 7;      ///< mask

// Flags beside them.
///< a wake came while active or aborting: the next park returns at once
inline constexpr std::uint32_t wake_pending = 8;
///< something above was cancelled while active: look before parking
inline constexpr std::uint32_t poked = 16;
inline constexpr std::uint32_t was_blocked = 32;   ///< with aborting: it was blocked, not parked

}  // namespace tutti::detail::task_state
