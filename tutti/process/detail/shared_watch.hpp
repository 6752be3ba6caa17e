/// \file
/// Awaiting a change of a word that lies in memory shared with other processes.
#pragma once

#include <cstdint>

#include <tutti/base/time.hpp>
#include <tutti/core/future.hpp>
#include <tutti/process/detail/shared_block.hpp>
#include <tutti/sys/atomic.hpp>

namespace tutti::detail {

/// Completes when `word`, which lies in `block`, is no longer `expected` or somebody wakes its
/// waiters, at the latest after `look_again`; perhaps for no reason. One thread of this process
/// sleeps for all its tasks (as many words at once as the kernel allows, the rest are looked at
/// every millisecond). Cancelling the future ends the wait.
future<void> shared_change(shared_block::handle block, sys::atomic<std::uint32_t>& word,
                           std::uint32_t expected, duration look_again = duration::max());

}  // namespace tutti::detail
