#include <tutti/sys/futex.hpp>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <climits>
#include <ctime>

namespace tutti::sys {

void futex_wait(atomic<std::uint32_t>& word, std::uint32_t expected, time_point deadline) noexcept {
  timespec until{};
  timespec* limit = nullptr;
  if (deadline != time_point::max()) {
    const auto ns = deadline.time_since_epoch().count();
    if (ns <= 0) return;
    until.tv_sec = static_cast<time_t>(ns / 1'000'000'000);
    until.tv_nsec = static_cast<long>(ns % 1'000'000'000);
    limit = &until;
  }
  // WAIT_BITSET takes an absolute CLOCK_MONOTONIC time, which is what steady_clock counts.
  ::syscall(SYS_futex, word.address(), FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, expected, limit,
            nullptr, FUTEX_BITSET_MATCH_ANY);
}

void futex_wake(atomic<std::uint32_t>& word, int count) noexcept {
  ::syscall(SYS_futex, word.address(), FUTEX_WAKE | FUTEX_PRIVATE_FLAG, count, nullptr, nullptr, 0);
}

}  // namespace tutti::sys
