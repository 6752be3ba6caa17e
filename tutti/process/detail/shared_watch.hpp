/// \file
/// Awaiting a change of a word that lies in memory shared with other processes.
#pragma once

#include <cstdint>

#include <tutti/base/time.hpp>
#include <tutti/core/future.hpp>
#include <tutti/process/detail/shared_block.hpp>
#include <tutti/sys/atomic.hpp>

namespace tutti::detail {

/// Who dies after it changed a word and before it woke those who sleep on it wakes nobody, and the
/// kernel tells only waiters of a mutex that somebody died. Sleepers look again this often.
inline constexpr duration look_again_every = std::chrono::milliseconds(50);

/// Sleeps while `word == expected`, at most so long; wakes spuriously. False: the deadline passed.
bool wait_for_change(sys::atomic<std::uint32_t>& word, std::uint32_t expected,
                     time_point deadline) noexcept;

/// Completes when `word`, which lies in `block`, is no longer `expected` or somebody wakes its
/// waiters, at the latest after `look_again`; perhaps for no reason. One thread of this process
/// sleeps for all its tasks (as many words at once as the kernel allows, the rest are looked at
/// every millisecond). Cancelling the future ends the wait.
future<void> shared_change(shared_block::handle block, sys::atomic<std::uint32_t>& word,
                           std::uint32_t expected, duration look_again = look_again_every);

/// Counts somebody who waits, in shared memory, while it lives: whoever changes the word looks at
/// the count afterwards and wakes only if it must. A process that dies waiting stays counted, which
/// costs needless wakes and nothing else.
class counted_waiter {
 public:
  explicit counted_waiter(sys::atomic<std::uint32_t>& n) noexcept : n_(n) {
    n_.fetch_add(1, sys::seq_cst);  // pairs: counted_waiter
  }
  counted_waiter(const counted_waiter&) = delete;
  counted_waiter& operator=(const counted_waiter&) = delete;
  ~counted_waiter() { n_.fetch_sub(1, sys::relaxed); }

 private:
  sys::atomic<std::uint32_t>& n_;
};

}  // namespace tutti::detail
