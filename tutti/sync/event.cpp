#include <tutti/sync/event.hpp>

namespace tutti {
namespace detail {

const wait_rule event_waiter::rule_of{{"event.wait", &abort_wait},
                                      sys::operation::wait,
                                      "event::wait()",
                                      "co_await e.async_wait()",
                                      [](waiter& w, bool may_wait) {
                                        auto& self = static_cast<event_waiter&>(w);
                                        return self.of.start(self, may_wait);
                                      },
                                      nullptr,
                                      nullptr};

event_waiter::event_waiter(task_cell& c, params p) noexcept
    : waiter(rule_of, c, p.of->waiters_, p.of), of(*p.of) {}

}  // namespace detail

event::~event() {
  detail::require_no_waiters(mu_, waiters_, "an event was destroyed while somebody waited for it");
}

bool event::start(detail::event_waiter& w, bool may_wait) noexcept {
  if (set_.load(sys::acquire)) return true;  // pairs: event.set
  if (!may_wait) return false;
  sys::lock hold(mu_);
  if (set_.load(sys::relaxed)) return true;
  waiters_.push_back(w);
  return false;
}

void event::set() noexcept {
  sys::decide_only(sys::operation::notify, this);
  detail::wake_batch woken;
  {
    sys::lock hold(mu_);
    set_.store(true, sys::release);  // pairs: event.set
    woken.add_all(waiters_);
  }
  woken.wake();
}

void event::clear() noexcept {
  sys::decide_only(sys::operation::notify, this);
  sys::lock hold(mu_);
  set_.store(false, sys::relaxed);
}

bool event::try_wait_until(time_point limit) {
  return detail::event_waiter(detail::current_cell(), {this}).block(limit);
}

event::statistics_type event::statistics() const noexcept {
  sys::reach_further();
  sys::lock hold(mu_);
  return {set_.load(sys::relaxed), waiters_.size()};
}

}  // namespace tutti
