#include <tutti/testing/liveness.hpp>

#include <exception>

#include <tutti/testing/detail/verdicts.hpp>

namespace tutti::testing {

liveness::liveness(std::string_view name, std::uint64_t steps_max, std::source_location where)
    : state_{std::string(name), steps_max}, where_(where), exceptions_(std::uncaught_exceptions()) {
  if (detail::simulation* const world = detail::simulation::here()) world->watch(state_);
}

liveness::~liveness() noexcept(false) {
  if (detail::simulation* const world = detail::simulation::here()) world->unwatch(state_);
  if (!is_hot() || std::uncaught_exceptions() > exceptions_) return;
  detail::break_run(detail::verdict::livelock, "livelock: \"" + state_.name + "\" at " +
                                                   detail::place_text(where_) +
                                                   " was still hot at the end");
}

void liveness::hot() noexcept {
  if (is_hot()) return;
  detail::simulation* const world = detail::simulation::here();
  state_.until = world != nullptr ? world->steps_so_far() + state_.steps_max + 1 : 1;
  if (world != nullptr) world->look_at_limits();
}

void liveness::cold() noexcept {
  state_.until = 0;
  if (detail::simulation* const world = detail::simulation::here()) world->look_at_limits();
}

}  // namespace tutti::testing
