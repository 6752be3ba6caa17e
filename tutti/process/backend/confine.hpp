/// \file
/// Rights that a worker gives up for good: files it may write, the network, system calls.
#pragma once

#include <span>
#include <string>

#include <tutti/sys/descriptor.hpp>

namespace tutti::detail::os {

/// The version of Landlock in this kernel; 0: none, or switched off.
int landlock_version() noexcept;
/// Can a process refuse system calls to itself here?
bool can_refuse_calls() noexcept;

/// Rules that let a process write below these paths (and to /dev/null) and nowhere else. Throws
/// std::system_error for a path that is not there. Only where there is Landlock.
sys::descriptor make_write_rules(std::span<const std::string> writable);

// Each holds for the calling thread, what it starts, and for ever; throws std::system_error. Called
// after forbid_new_privileges() by a process with one thread.

/// Nothing may be written, made, removed or renamed but what the rules allow; where the kernel can,
/// no process outside may be signalled either.
void confine_writes(int rules);
/// No socket but local ones.
void confine_network();
/// Memory, threads, time, and descriptors that are open already; everything else fails with EPERM.
void confine_to_computing();

}  // namespace tutti::detail::os
