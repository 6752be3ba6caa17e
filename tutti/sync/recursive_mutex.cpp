#include <tutti/sync/detail/owner_text.hpp>
#include <tutti/sync/recursive_mutex.hpp>

namespace tutti {
namespace detail {

const wait_rule recursive_waiter::rule_of{{"recursive_mutex.lock", &abort_wait},
                                          sys::operation::lock,
                                          "recursive_mutex::lock()",
                                          "co_await m.async_lock()",
                                          [](waiter& w, bool may_wait) {
                                            auto& self = static_cast<recursive_waiter&>(w);
                                            return self.of.start(self, may_wait);
                                          },
                                          [](waiter& w) noexcept {
                                            auto& self = static_cast<recursive_waiter&>(w);
                                            self.of.unlock_for(self.owner);
                                          },
                                          &gave_up,
                                          [](waiter& w) noexcept {
                                            auto& self = static_cast<recursive_waiter&>(w);
                                            return self.of.wait_again(self);
                                          }};

recursive_waiter::recursive_waiter(task_cell& c, params p, patience until) noexcept
    : waiter(rule_of, c, p.of->waiters_, p.of),
      of(*p.of),
      owner(c.actor()),
      waits_until(until),
      at(p.at) {}

void recursive_waiter::gave_up(waiter& w, wake_batch&) noexcept {
  auto& self = static_cast<recursive_waiter&>(w);
  if (self.of.watched_ != nullptr) lock_wait_over(*self.of.watched_, self.owner, false);
}

lock_guard<recursive_mutex> recursive_waiter::result() const noexcept {
  return of.guard_for(owner);
}

}  // namespace detail

recursive_mutex::~recursive_mutex() {
  detail::require_no_waiters(mu_, waiters_, heir_,
                             "a recursive_mutex was destroyed while somebody waited for it");
  detail::forget_lock(watched_);
}

bool recursive_mutex::start(detail::recursive_waiter& w, bool may_wait) {
  if (TUTTI_UNLIKELY(watched_ != nullptr) && w.waits_until != detail::patience::none) {
    detail::lock_wanted(*watched_, *w.cell, w.at);
  }
  sys::lock hold(mu_);
  const bool free = owner_ == 0 && heir_.lets_others();
  if (free || owner_ == w.owner) {
    if (free) heir_.overtake();
    if (TUTTI_UNLIKELY(watched_ != nullptr) && free) {
      detail::lock_taken(*watched_, *w.cell, w.owner, w.at, w.blocks);
    }
    owner_ = w.owner;
    ++levels_;
    return true;
  }
  if (!may_wait) return false;
  if (TUTTI_UNLIKELY(watched_ != nullptr)) {
    detail::lock_waits(*watched_, *w.cell, w.at, w.waits_until == detail::patience::endless);
  }
  waiters_.push_back(w);
  return false;
}

bool recursive_mutex::try_lock_until(time_point limit, std::source_location at) {
  return detail::recursive_waiter(detail::current_cell(), {this, at}, detail::patience_until(limit))
      .block(limit);
}

void recursive_mutex::unlock() { unlock_for(detail::current_cell().actor()); }

void recursive_mutex::unlock_for(std::uint64_t who) {
  sys::decide_only(sys::operation::unlock, this);
  detail::wake_batch woken;
  {
    sys::lock hold(mu_);
    if (const std::uint64_t owner = owner_; owner != who) {
      hold.unlock();
      throw not_owner(detail::not_held("recursive_mutex", who, owner));
    }
    if (--levels_ == 0) {
      owner_ = 0;
      if (TUTTI_UNLIKELY(watched_ != nullptr)) detail::lock_released(*watched_, who);
      pass_on(woken);
    }
  }
  woken.wake();
}

/// It is free: an heir that was overtaken too often has it, else the next one may try or has it.
void recursive_mutex::pass_on(detail::wake_batch& woken) noexcept {
  if (heir_ && heir_.lets_others()) return;
  auto* next = static_cast<detail::recursive_waiter*>(heir_.inherits());
  if (next == nullptr) {
    next = static_cast<detail::recursive_waiter*>(waiters_.pop_front());
    if (next == nullptr) return;
    woken.add(*next);
    if (detail::heir::may_be(*next)) {
      heir_.appoint(*next);
      return;
    }
  }
  owner_ = next->owner;
  levels_ = 1;
  if (TUTTI_UNLIKELY(watched_ != nullptr)) detail::lock_wait_over(*watched_, next->owner, true);
}

bool recursive_mutex::wait_again(detail::recursive_waiter& w) noexcept {
  return detail::try_as_heir([this, &w](bool last) noexcept {
    const sys::lock hold(mu_);
    if (!heir_.is(w)) return true;  // handed over
    if (owner_ == 0) {
      heir_.inherits();
      owner_ = w.owner;
      levels_ = 1;
      if (TUTTI_UNLIKELY(watched_ != nullptr)) detail::lock_wait_over(*watched_, w.owner, true);
      return true;
    }
    if (last) heir_.returns_to(waiters_);
    return false;
  });
}

std::size_t recursive_mutex::drop_levels() noexcept {
  sys::lock hold(mu_);
  const std::size_t more = levels_ > 0 ? levels_ - 1 : 0;
  levels_ -= more;
  return more;
}

void recursive_mutex::add_levels(std::size_t n) noexcept {
  sys::lock hold(mu_);
  levels_ += n;
}

recursive_mutex::statistics_type recursive_mutex::statistics() const noexcept {
  sys::reach_further();
  sys::lock hold(mu_);
  return {owner_, levels_, waiters_.size() + (heir_ ? 1U : 0U)};
}

}  // namespace tutti
