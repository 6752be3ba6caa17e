#include <tutti/sys/wall_clock.hpp>

#include <chrono>

#include <tutti/sys/world.hpp>

namespace tutti::sys {

duration wall_now() noexcept {
  if (TUTTI_UNLIKELY(current_world != nullptr)) {
    return current_world->now().time_since_epoch() + simulated_wall_shift;
  }
  return std::chrono::system_clock::now().time_since_epoch();
}

}  // namespace tutti::sys
