#include <tutti/sync/detail/owner_text.hpp>
#include <tutti/sync/shared_mutex.hpp>

namespace tutti {
namespace detail {
void shared_waiter::left_line(waiter& w, wake_batch& woken) noexcept TUTTI_NO_THREAD_SAFETY {
  auto& self = static_cast<shared_waiter&>(w);
  if (TUTTI_UNLIKELY(self.of.watched_ != nullptr)) {
    lock_wait_over(*self.of.watched_, self.owner, false);
  }
  if (!self.reads) self.of.let_in(woken);
}

const wait_rule shared_waiter::writing{{"shared_mutex.lock", &abort_wait},
                                       sys::operation::lock,
                                       "shared_mutex::lock()",
                                       "co_await m.async_lock()",
                                       [](waiter& w, bool may_wait) {
                                         auto& self = static_cast<shared_waiter&>(w);
                                         return self.of.start(self, may_wait);
                                       },
                                       [](waiter& w) noexcept {
                                         auto& self = static_cast<shared_waiter&>(w);
                                         self.of.unlock_for(self.owner);
                                       },
                                       &left_line,
                                       [](waiter& w) noexcept {
                                         auto& self = static_cast<shared_waiter&>(w);
                                         return self.of.wait_again(self);
                                       }};

const wait_rule shared_waiter::reading{{"shared_mutex.lock_shared", &abort_wait},
                                       sys::operation::lock,
                                       "shared_mutex::lock_shared()",
                                       "co_await m.async_lock_shared()",
                                       [](waiter& w, bool may_wait) {
                                         auto& self = static_cast<shared_waiter&>(w);
                                         return self.of.start(self, may_wait);
                                       },
                                       [](waiter& w) noexcept {
                                         auto& self = static_cast<shared_waiter&>(w);
                                         self.of.unlock_shared_for(self.owner);
                                       },
                                       &left_line};

shared_waiter::shared_waiter(const wait_rule& r, task_cell& c, params p, bool for_reading,
                             patience until) noexcept
    : waiter(r, c, p.of->waiters_, p.of),
      of(*p.of),
      owner(c.actor()),
      reads(for_reading),
      waits_until(until),
      at(p.at) {}

lock_guard<shared_mutex> write_waiter::result() const noexcept { return of.guard_for(owner); }
shared_lock_guard read_waiter::result() const noexcept { return of.shared_guard_for(owner); }

}  // namespace detail

void shared_lock_guard::unlock() {
  if (owner_ == 0) throw not_owner("this guard holds no lock");
  mutex_->unlock_shared_for(std::exchange(owner_, 0));
}

shared_mutex::~shared_mutex() {
  detail::require_no_waiters(mu_, waiters_, heir_,
                             "a shared_mutex was destroyed while somebody waited for it");
  detail::forget_lock(watched_);
}

shared_mutex::verdict shared_mutex::judge(const detail::shared_waiter& w) noexcept {
  if (writer_ == w.owner) return verdict::never;
  const bool reads_already = !readers_.empty() && readers_.holds(w.owner);
  const bool comes_next = heir_ ? heir_.lets_others() : waiters_.empty();
  if (w.reads) {
    const bool may = writer_ == 0 && (comes_next || reads_already);
    return may ? verdict::have : verdict::wait;
  }
  if (reads_already) return verdict::never;
  const bool may = writer_ == 0 && readers_.empty() && comes_next;
  return may ? verdict::have : verdict::wait;
}

bool shared_mutex::start(detail::shared_waiter& w, bool may_wait) {
  const bool endless = w.waits_until == detail::patience::endless;
  if (TUTTI_UNLIKELY(watched_ != nullptr) && w.waits_until != detail::patience::none) {
    detail::lock_wanted(*watched_, *w.cell, w.at);
  }
  detail::owner_table bigger;  // what it becomes is given back after the lock
  verdict now = verdict::wait;
  {
    sys::lock hold(mu_);
    for (;;) {
      const std::size_t needed = waiters_.size() + 1;
      if (!w.reads || readers_.has_room(needed)) break;
      const std::size_t wanted = readers_.wanted(needed);
      hold.unlock();
      bigger = detail::owner_table();
      bigger.reserve(wanted);
      hold.relock();
      readers_.grow_into(bigger);
    }
    now = judge(w);
    if (now == verdict::have) {
      heir_.overtake();
      if (w.reads) {
        readers_.add(w.owner);
      } else {
        writer_ = w.owner;
      }
      if (TUTTI_UNLIKELY(watched_ != nullptr)) {
        detail::lock_taken(*watched_, *w.cell, w.owner, w.at, w.blocks);
      }
    } else if (may_wait && (now == verdict::wait || !endless)) {
      if (TUTTI_UNLIKELY(watched_ != nullptr)) {
        detail::lock_waits(*watched_, *w.cell, w.at, endless);
      }
      waiters_.push_back(w);
    }
  }
  if (now == verdict::never && endless) {
    throw deadlock(detail::locked_again("shared_mutex", *w.cell));
  }
  return now == verdict::have;
}

/// Lets in, from the front, whoever may hold it now.
void shared_mutex::let_in(detail::wake_batch& woken) noexcept {
  if (heir_) {
    if (writer_ == 0 && readers_.empty() && !heir_.lets_others()) {
      writer_ = static_cast<detail::shared_waiter*>(heir_.inherits())->owner;
      if (TUTTI_UNLIKELY(watched_ != nullptr)) detail::lock_wait_over(*watched_, writer_, true);
    }
    return;  // those behind it wait for it
  }
  while (auto* const next = static_cast<detail::shared_waiter*>(waiters_.front())) {
    if (writer_ != 0 || (!next->reads && !readers_.empty())) return;
    waiters_.remove(*next);
    woken.add(*next);
    if (!next->reads && detail::heir::may_be(*next)) {
      heir_.appoint(*next);
      return;
    }
    if (next->reads) {
      readers_.add(next->owner);
    } else {
      writer_ = next->owner;
    }
    if (TUTTI_UNLIKELY(watched_ != nullptr)) detail::lock_wait_over(*watched_, next->owner, true);
  }
}

bool shared_mutex::wait_again(detail::shared_waiter& w) noexcept {
  return detail::try_as_heir([this, &w](bool last) noexcept {
    const sys::lock hold(mu_);
    if (!heir_.is(w)) return true;  // handed over
    if (writer_ == 0 && readers_.empty()) {
      heir_.inherits();
      writer_ = w.owner;
      if (TUTTI_UNLIKELY(watched_ != nullptr)) detail::lock_wait_over(*watched_, writer_, true);
      return true;
    }
    if (last) heir_.returns_to(waiters_);
    return false;
  });
}

bool shared_mutex::try_lock_until(time_point limit, std::source_location at) {
  return detail::write_waiter(detail::current_cell(), {this, at}, detail::patience_until(limit))
      .block(limit);
}

bool shared_mutex::try_lock_shared_until(time_point limit, std::source_location at) {
  return detail::read_waiter(detail::current_cell(), {this, at}, detail::patience_until(limit))
      .block(limit);
}

void shared_mutex::unlock() { unlock_for(detail::current_cell().actor()); }
void shared_mutex::unlock_shared() { unlock_shared_for(detail::current_cell().actor()); }

void shared_mutex::unlock_for(std::uint64_t who) {
  sys::decide_only(sys::operation::unlock, this);
  detail::wake_batch woken;
  {
    sys::lock hold(mu_);
    if (const std::uint64_t owner = writer_; owner != who) {
      hold.unlock();
      throw not_owner(detail::not_held("shared_mutex", who, owner));
    }
    writer_ = 0;
    if (TUTTI_UNLIKELY(watched_ != nullptr)) detail::lock_released(*watched_, who);
    let_in(woken);
  }
  woken.wake();
}

void shared_mutex::unlock_shared_for(std::uint64_t who) {
  sys::decide_only(sys::operation::unlock, this);
  detail::wake_batch woken;
  {
    sys::lock hold(mu_);
    if (!readers_.remove(who)) {
      hold.unlock();
      throw not_owner(detail::not_held("shared_mutex", who, 0));
    }
    if (TUTTI_UNLIKELY(watched_ != nullptr)) detail::lock_released(*watched_, who);
    let_in(woken);
  }
  woken.wake();
}

shared_mutex::statistics_type shared_mutex::statistics() const noexcept {
  sys::reach_further();
  sys::lock hold(mu_);
  return {writer_, readers_.size(), waiters_.size() + (heir_ ? 1U : 0U)};
}

}  // namespace tutti
