#include <tutti/sys/mutex.hpp>

#include <tutti/sys/futex.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::sys {

void mutex::lock_slow() noexcept {
  if (TUTTI_UNLIKELY(current_world != nullptr)) {
    // Strands of a simulation share one OS thread, so the holder goes on when this one gives way.
    while (word_.exchange(1, acquire) != 0) cpu_relax();  // pairs: mutex.unlock
    return;
  }
  for (unsigned spin = spin_rounds(); spin > 0; --spin) {
    std::uint32_t expected = 0;
    // pairs: mutex.unlock
    if (word_.load(relaxed) == 0 && word_.compare_exchange(expected, 1, acquire, relaxed)) return;
    cpu_relax();
  }
  // pairs: mutex.unlock
  while (word_.exchange(2, acquire) != 0) futex_wait(word_, 2, time_point::max());
}

void mutex::wake_one() noexcept { futex_wake(word_, 1); }

}  // namespace tutti::sys
