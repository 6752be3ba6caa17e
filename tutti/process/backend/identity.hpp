/// \file
/// Who a process is, in eight bytes of shared memory that mean nobody else even after it has died.
#pragma once

#include <cstdint>

namespace tutti::detail::os {

/// Number and time of birth of a process, as the kernel counts; 0 is nobody.
using process_mark = std::uint64_t;

/// This process's, remembered. Where /proc cannot be read it lacks the time of birth: workers ask
/// for it before they give up their rights.
process_mark own_mark() noexcept;
/// A process made without libc's fork forgets first what it was in its parent.
void forget_own_mark() noexcept;
/// Has that process ended, whether or not it has been collected? False when that cannot be found
/// out: nobody living is ever taken for dead.
bool is_gone(process_mark who) noexcept;
/// Has somebody stopped that process (SIGSTOP), so that it does nothing until it is continued?
/// False when that cannot be found out.
bool is_stopped(int pid) noexcept;

}  // namespace tutti::detail::os
