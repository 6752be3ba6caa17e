#include <tutti/core/scope_guard.hpp>

#include <tutti/sys/futex.hpp>

namespace tutti::detail {

void scope_timer::set(time_point when_due) noexcept {
  stop();
  when = when_due;
  state_.store(armed, sys::relaxed);
  where_.arm(*this);
}

void scope_timer::stop() noexcept {
  if (state_.load(sys::relaxed) == idle) return;
  if (!where_.disarm(*this)) {
    // It is firing on another worker: a few hundred instructions that take no lock of ours.
    while (state_.load(sys::acquire) != fired) sys::cpu_relax();  // pairs: scope_timer.fired
  }
  state_.store(idle, sys::relaxed);
}

void scope_timer::expire(timer& t) noexcept {
  auto& self = static_cast<scope_timer&>(t);
  self.node_.cancel(cancel_reason::deadline);
  self.state_.store(fired, sys::release);  // pairs: scope_timer.fired
}

}  // namespace tutti::detail
