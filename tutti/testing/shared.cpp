#include <tutti/testing/shared.hpp>

#include <exception>

#include <tutti/sys/memory_model.hpp>
#include <tutti/testing/detail/simulation.hpp>
#include <tutti/testing/failure.hpp>

namespace tutti::detail {

void look_at(const void* object) noexcept { sys::decide_only(sys::operation::look, object); }
void touch(const void* object) noexcept { sys::decide_only(sys::operation::access, object); }

bool touches_are_recorded() noexcept {
  const simulation* const world = simulation::here();
  return world != nullptr && world->is_recording();
}

void record_touch(std::string text) noexcept { simulation::here()->annotate(std::move(text)); }

}  // namespace tutti::detail

namespace tutti::testing {

void yield_point() {
  detail::simulation* const world = detail::simulation::here();
  if (world == nullptr) return;
  world->relax();
  // The run is over and this strand may be spinning for something that will not come any more.
  if (world->is_ending() && std::uncaught_exceptions() == 0) throw failure("the run is over");
}

void fence() noexcept {
  sys::decide(sys::operation::access, nullptr);
  if (sys::current_memory != nullptr) sys::current_memory->fence();
  if (detail::touches_are_recorded()) detail::record_touch("fence");
}

}  // namespace tutti::testing
