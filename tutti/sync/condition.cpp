#include <tutti/base/clock.hpp>
#include <tutti/sync/condition.hpp>

namespace tutti {
namespace detail {

const wait_rule condition_waiter::rule_of{
    {"condition.wait", &abort_wait},
    sys::operation::wait,
    "condition::wait()",
    "co_await c.async_wait(guard)",
    [](waiter& w, bool) {
      static_cast<condition_waiter&>(w).enlist();
      return false;
    },
    [](waiter& w) noexcept { static_cast<condition_waiter&>(w).of.notify_one(); },
    nullptr};

condition_waiter::condition_waiter(task_cell& c, condition& o) noexcept
    : waiter(rule_of, c, o.waiters_, &o), of(o) {}

void condition_waiter::enlist() noexcept {
  sys::lock hold(of.mu_);
  of.waiters_.push_back(*this);
}

void condition_waiter::withdraw() noexcept {
  if (abort_wait(*this)) return;
  sleep(time_point::max());  // notified meanwhile: take the wake, which is certain, and pass it on
  of.notify_one();
}

void held_levels::throw_not_held() {
  throw not_owner("a condition was waited for with a guard that holds no lock");
}

}  // namespace detail

condition::~condition() {
  detail::require_no_waiters(mu_, waiters_,
                             "a condition was destroyed while somebody waited for it");
}

bool condition::may_sleep(detail::condition_waiter& w, time_point limit) {
  sys::decide_only(sys::operation::wait, &w.of);
  if (limit == time_point::min()) return false;
  if (limit != time_point::max() && clock::now() >= limit) return false;
  detail::require_blocking_allowed(w.rule().blocking, w.rule().instead);
  w.cell->checkpoint();
  return true;
}

void condition::notify_one() noexcept {
  sys::decide_only(sys::operation::notify, this);
  detail::waiter* next = nullptr;
  {
    sys::lock hold(mu_);
    next = waiters_.pop_front();
  }
  if (next != nullptr) next->cell->wake();
}

void condition::notify_all() noexcept {
  sys::decide_only(sys::operation::notify, this);
  detail::wake_batch woken;
  {
    sys::lock hold(mu_);
    woken.add_all(waiters_);
  }
  woken.wake();
}

condition::statistics_type condition::statistics() const noexcept {
  sys::reach_further();
  sys::lock hold(mu_);
  return {waiters_.size()};
}

}  // namespace tutti
