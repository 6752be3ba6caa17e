/// \file
/// What people's clocks say: for calendars only; whatever measures or waits asks `tutti::clock`.
#pragma once

#include <tutti/base/time.hpp>

namespace tutti::sys {

/// Time since 1970-01-01 00:00 UTC. It jumps when somebody sets the machine's clock. In a
/// simulation it is the virtual clock, whose beginning then counts as 1970.
duration wall_now() noexcept;

/// How far a simulation has set that clock; nothing in production.
inline thread_local constinit duration simulated_wall_shift{};

}  // namespace tutti::sys
