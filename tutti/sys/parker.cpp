#include <tutti/sys/parker.hpp>

#include <tutti/base/clock.hpp>
#include <tutti/sys/futex.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::sys {

bool parker::take_token() noexcept {
  std::uint32_t expected = token;
  return word_.compare_exchange(expected, empty, acquire, relaxed);  // pairs: parker.unpark
}

bool parker::park_until(time_point deadline) noexcept {
  if (TUTTI_UNLIKELY(current_world != nullptr)) return current_world->park(*this, deadline);
  // A wake that is a moment away costs both sides a system call if this falls asleep before.
  for (unsigned spin = spin_rounds();; --spin) {
    if (word_.load(relaxed) == token) return take_token();
    if (spin == 0) break;
    cpu_relax();
  }
  std::uint32_t expected = empty;
  if (!word_.compare_exchange(expected, sleeping, relaxed, relaxed)) return take_token();
  for (;;) {
    futex_wait(word_, sleeping, deadline);
    if (word_.load(relaxed) == token) return take_token();
    if (deadline != time_point::max() && clock::now() >= deadline) {
      expected = sleeping;
      if (word_.compare_exchange(expected, empty, relaxed, relaxed)) return false;
      return take_token();  // the wake came at the last moment and wins
    }
  }
}

void parker::unpark() noexcept {
  // release, pairs: parker.unpark
  if (word_.exchange(token, release) == sleeping) futex_wake(word_, 1);
  if (TUTTI_UNLIKELY(current_world != nullptr)) current_world->unpark(*this);
}

}  // namespace tutti::sys
