#include <string>

#include <tutti/sync/detail/owner_text.hpp>
#include <tutti/sync/mutex.hpp>

namespace tutti {
namespace detail {

const wait_rule lock_waiter::rule_of{{"mutex.lock", &abort_wait},
                                     sys::operation::lock,
                                     "mutex::lock()",
                                     "co_await m.async_lock()",
                                     [](waiter& w, bool may_wait) {
                                       auto& self = static_cast<lock_waiter&>(w);
                                       return self.of.start(self, may_wait);
                                     },
                                     [](waiter& w) noexcept {
                                       auto& self = static_cast<lock_waiter&>(w);
                                       self.of.unlock_for(self.owner);
                                     },
                                     &gave_up};

lock_waiter::lock_waiter(task_cell& c, params p, patience until) noexcept
    : waiter(rule_of, c, p.of->waiters_, p.of),
      of(*p.of),
      owner(c.actor()),
      waits_until(until),
      at(p.at) {}

void lock_waiter::gave_up(waiter& w, wake_batch&) noexcept {
  auto& self = static_cast<lock_waiter&>(w);
  if (self.of.watched_ != nullptr) lock_wait_over(*self.of.watched_, self.owner, false);
}

lock_guard<mutex> lock_waiter::result() const noexcept { return of.guard_for(owner); }

}  // namespace detail

mutex::~mutex() {
  detail::require_no_waiters(mu_, waiters_, "a mutex was destroyed while somebody waited for it");
  detail::forget_lock(watched_);
}

bool mutex::start(detail::lock_waiter& w, bool may_wait) {
  if (take(w.owner)) return true;
  if (word_.load(sys::relaxed) >> 1U == w.owner && w.waits_until == detail::patience::endless) {
    throw deadlock(detail::locked_again("mutex", *w.cell));
  }
  if (TUTTI_UNLIKELY(watched_ != nullptr)) return start_watched(w, may_wait);
  if (!may_wait) return false;
  sys::lock hold(mu_);
  // Looked at anew: `contended` comes and goes under our lock only, one seen before may be gone.
  std::uint64_t word = word_.load(sys::relaxed);
  for (;;) {
    if (word == 0) {
      if (take(w.owner)) return true;
      word = word_.load(sys::relaxed);
    } else if ((word & contended) != 0 ||
               word_.compare_exchange(word, word | contended, sys::relaxed, sys::relaxed)) {
      break;  // from now on its owner cannot unlock without our lock
    }
  }
  waiters_.push_back(w);
  return false;
}

bool mutex::start_watched(detail::lock_waiter& w, bool may_wait) {
  if (w.waits_until != detail::patience::none) detail::lock_wanted(*watched_, *w.cell, w.at);
  if (take_watched(*w.cell, w.owner, w.at)) return true;
  if (!may_wait) return false;
  sys::lock hold(mu_);
  if (word_.load(sys::relaxed) == contended) {  // free since just now
    word_.store(w.owner << 1U | contended, sys::relaxed);
    detail::lock_taken(*watched_, *w.cell, w.owner, w.at);
    return true;
  }
  detail::lock_waits(*watched_, *w.cell, w.at, w.waits_until == detail::patience::endless);
  waiters_.push_back(w);
  return false;
}

/// Whoever had it before gave it back under the same lock, which orders what they did.
bool mutex::take_watched(detail::task_cell& self, std::uint64_t who,
                         std::source_location at) noexcept {
  const sys::lock hold(mu_);
  if (word_.load(sys::relaxed) != contended) return false;
  word_.store(who << 1U | contended, sys::relaxed);
  detail::lock_taken(*watched_, self, who, at);
  return true;
}

void mutex::lock_slow(detail::task_cell& self, std::source_location at) {
  detail::lock_waiter(self, {this, at}).block(time_point::max());
}

bool mutex::try_lock_until(time_point limit, std::source_location at) {
  return detail::lock_waiter(detail::current_cell(), {this, at}, detail::patience_until(limit))
      .block(limit);
}

void mutex::unlock_slow(std::uint64_t who) {
  if (const std::uint64_t word = word_.load(sys::relaxed); word >> 1U != who) {
    throw not_owner(detail::not_held("mutex", who, word >> 1U));
  }
  detail::wake_batch woken;
  {
    sys::lock hold(mu_);
    auto* const next = static_cast<detail::lock_waiter*>(waiters_.pop_front());
    std::uint64_t word = watched_ != nullptr ? contended : 0;
    if (TUTTI_UNLIKELY(watched_ != nullptr)) detail::lock_released(*watched_, who);
    if (next != nullptr) {
      word |= next->owner << 1U | (waiters_.empty() ? 0 : contended);
      if (TUTTI_UNLIKELY(watched_ != nullptr)) detail::lock_wait_over(*watched_, next->owner, true);
      woken.add(*next);
    }
    word_.store(word, sys::release);  // pairs: tutti.mutex.unlock
  }
  woken.wake();
}

mutex::statistics_type mutex::statistics() const noexcept {
  const std::uint64_t word = word_.load(sys::relaxed);
  sys::lock hold(mu_);
  return {word >> 1U != 0, word >> 1U, waiters_.size()};
}

}  // namespace tutti
