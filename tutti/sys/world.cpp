#include <tutti/sys/world.hpp>

#include <random>

#include <tutti/base/clock.hpp>
#include <tutti/base/random.hpp>
#include <tutti/sys/atomic.hpp>

namespace tutti {

time_point clock::now() noexcept {
  if (TUTTI_UNLIKELY(sys::current_world != nullptr)) return sys::current_world->now();
  return std::chrono::steady_clock::now();
}

namespace sys {
namespace {
atomic<fault_source> faults{nullptr};
}

std::uint64_t random_bits() noexcept {
  if (TUTTI_UNLIKELY(current_world != nullptr)) return current_world->random();
  thread_local detail::random generator{[] {
    std::random_device entropy;
    return (static_cast<std::uint64_t>(entropy()) << 32U) | entropy();
  }()};
  return generator.next();
}

int injected_fault(std::string_view site) noexcept {
  // pairs: fault_source
  if (const fault_source source = faults.load(acquire); TUTTI_UNLIKELY(source != nullptr)) {
    reach_further();  // whose call fails depends on those before
    if (const int number = source(site); number != 0) return number;
  }
  return TUTTI_UNLIKELY(current_world != nullptr) ? current_world->fault(site) : 0;
}

fault_source set_fault_source(fault_source source) noexcept {
  return faults.exchange(source, acq_rel);  // pairs: fault_source
}

}  // namespace sys
}  // namespace tutti
