#include <string>
#include <utility>

#include <tutti/sync/detail/heir.hpp>
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
                                     &gave_up,
                                     [](waiter& w) noexcept {
                                       auto& self = static_cast<lock_waiter&>(w);
                                       return self.of.wait_again(self);
                                     }};

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
  constexpr const char* text = "a mutex was destroyed while somebody waited for it";
  detail::require_no_waiters(mu_, waiters_, text);
  TUTTI_CHECK((word_.load(sys::relaxed) & inherited) == 0, text);
  detail::forget_lock(watched_);
}

bool mutex::overtake(std::uint64_t who) noexcept {
  std::uint64_t word = word_.load(sys::relaxed);
  while (owner_of(word) == 0) {
    const std::uint64_t counted = (word & inherited) != 0 ? word + overtaking : word;
    // pairs: tutti.mutex.unlock
    if (word_.compare_exchange(word, counted | who << owner_shift, sys::acquire, sys::relaxed)) {
      return true;
    }
  }
  return false;
}

bool mutex::start(detail::lock_waiter& w, bool may_wait) {
  if (take(w.owner)) return true;
  if (owner_of(word_.load(sys::relaxed)) == w.owner && w.waits_until == detail::patience::endless) {
    throw deadlock(detail::locked_again("mutex", *w.cell));
  }
  if (TUTTI_UNLIKELY(watched_ != nullptr)) return start_watched(w, may_wait);
  if (overtake(w.owner)) return true;
  if (!may_wait) return false;
  sys::lock hold(mu_);
  // Looked at anew: `queued` comes and goes under our lock only, one seen before may be gone.
  std::uint64_t word = word_.load(sys::relaxed);
  for (;;) {
    if (owner_of(word) == 0) {
      if (overtake(w.owner)) return true;
      word = word_.load(sys::relaxed);
    } else if ((word & queued) != 0 ||
               word_.compare_exchange(word, word | queued, sys::relaxed, sys::relaxed)) {
      break;  // from now on its owner cannot unlock without our lock, unless an heir comes first
    }
  }
  waiters_.push_back(w);
  return false;
}

bool mutex::start_watched(detail::lock_waiter& w, bool may_wait) {
  if (w.waits_until != detail::patience::none) detail::lock_wanted(*watched_, *w.cell, w.at);
  if (take_watched(*w.cell, w.owner, w.at, w.blocks)) return true;
  if (!may_wait) return false;
  sys::lock hold(mu_);
  if (overtake(w.owner)) {  // free since just now
    detail::lock_taken(*watched_, *w.cell, w.owner, w.at, w.blocks);
    return true;
  }
  detail::lock_waits(*watched_, *w.cell, w.at, w.waits_until == detail::patience::endless);
  waiters_.push_back(w);
  return false;
}

/// Whoever had it before gave it back under the same lock, which orders what they did.
bool mutex::take_watched(detail::task_cell& self, std::uint64_t who, std::source_location at,
                         bool blocking_form) noexcept {
  const sys::lock hold(mu_);
  if (!overtake(who)) return false;
  detail::lock_taken(*watched_, self, who, at, blocking_form);
  return true;
}

void mutex::lock_slow(detail::task_cell& self, std::source_location at) {
  if (TUTTI_LIKELY(watched_ == nullptr && !self.is_coroutine)) {
    for (unsigned spin = sys::spin_rounds(); spin > 0; --spin) {
      if (overtake(self.actor())) return;
      sys::cpu_relax();
    }
  }
  detail::lock_waiter(self, {this, at}).block(time_point::max());
}

bool mutex::try_lock_slow(detail::task_cell& self, std::source_location at) noexcept {
  if (TUTTI_UNLIKELY(watched_ != nullptr)) return take_watched(self, self.actor(), at, true);
  return overtake(self.actor());
}

bool mutex::try_lock_until(time_point limit, std::source_location at) {
  return detail::lock_waiter(detail::current_cell(), {this, at}, detail::patience_until(limit))
      .block(limit);
}

void mutex::unlock_slow(std::uint64_t who) {
  std::uint64_t word = word_.load(sys::relaxed);
  if (owner_of(word) != who) throw not_owner(detail::not_held("mutex", who, owner_of(word)));
  while (TUTTI_LIKELY(watched_ == nullptr) && (word & inherited) != 0 &&
         overtakings(word) < detail::waiter::overtakings_max) {
    const std::uint64_t left = word - (who << owner_shift);  // free, its heir is on its way
    // pairs: tutti.mutex.unlock
    if (word_.compare_exchange(word, left, sys::release, sys::relaxed)) return;
  }
  hand_over(who);
}

/// Under the list's lock nobody changes the word of a held mutex but us.
void mutex::hand_over(std::uint64_t who) noexcept {
  detail::wake_batch woken;
  {
    const sys::lock hold(mu_);
    if (TUTTI_UNLIKELY(watched_ != nullptr)) detail::lock_released(*watched_, who);
    const std::uint64_t held = word_.load(sys::relaxed);
    if (heir_ != nullptr && overtakings(held) < detail::waiter::overtakings_max) {
      word_.store(held - (who << owner_shift), sys::release);  // pairs: tutti.mutex.unlock
      return;                                                  // the heir is on its way
    }
    detail::lock_waiter* next = std::exchange(heir_, nullptr);  // overtaken too often: its own now
    bool waits_for_its_turn = false;
    if (next == nullptr) {
      next = static_cast<detail::lock_waiter*>(waiters_.pop_front());
      if (next != nullptr) {
        woken.add(*next);
        waits_for_its_turn = detail::heir::may_be(*next);
      }
    }
    std::uint64_t word = watched_ != nullptr || !waiters_.empty() ? queued : 0;
    if (waits_for_its_turn) {
      heir_ = next;
      word |= inherited | next->overtaken * overtaking;
    } else if (next != nullptr) {
      word |= next->owner << owner_shift;
      if (TUTTI_UNLIKELY(watched_ != nullptr)) detail::lock_wait_over(*watched_, next->owner, true);
    }
    word_.store(word, sys::release);  // pairs: tutti.mutex.unlock
  }
  woken.wake();
}

bool mutex::wait_again(detail::lock_waiter& w) noexcept {
  for (unsigned spin = sys::spin_rounds();; sys::cpu_relax()) {
    const bool last = spin == 0 || --spin == 0;
    const std::uint64_t owner = owner_of(word_.load(sys::relaxed));
    if (owner != 0 && owner != w.owner && !last) continue;
    const sys::lock hold(mu_);
    if (heir_ != &w) return false;  // handed over
    std::uint64_t word = word_.load(sys::relaxed);
    const std::uint64_t more = waiters_.empty() && watched_ == nullptr ? 0 : queued;
    while (owner_of(word) == 0) {
      // pairs: tutti.mutex.unlock
      if (word_.compare_exchange(word, w.owner << owner_shift | more, sys::acquire, sys::relaxed)) {
        heir_ = nullptr;
        if (TUTTI_UNLIKELY(watched_ != nullptr)) detail::lock_wait_over(*watched_, w.owner, true);
        return false;
      }
    }
    if (!last) continue;  // somebody was faster, look on
    if (!word_.compare_exchange(word, owner_of(word) << owner_shift | queued, sys::relaxed,
                                sys::relaxed)) {
      continue;
    }
    heir_ = nullptr;
    // A try in vain counts as many, so that few of them are needed until it is handed the lock.
    w.overtaken = static_cast<unsigned>(overtakings(word) + detail::waiter::overtakings_max / 4);
    if (w.overtaken > detail::waiter::overtakings_max)
      w.overtaken = detail::waiter::overtakings_max;
    waiters_.push_front(w);
    return true;
  }
}

mutex::statistics_type mutex::statistics() const noexcept {
  sys::reach_further();
  const sys::lock hold(mu_);
  const std::uint64_t owner = owner_of(word_.load(sys::relaxed));
  return {owner != 0, owner, waiters_.size() + (heir_ != nullptr ? 1U : 0U)};
}

}  // namespace tutti
