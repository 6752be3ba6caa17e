#include <string>

#include <tutti/base/error.hpp>
#include <tutti/sync/capacity_limiter.hpp>

namespace tutti {
namespace detail {

const wait_rule borrow_waiter::rule_of{{"capacity_limiter.acquire", &abort_wait},
                                       sys::operation::lock,
                                       "capacity_limiter::acquire()",
                                       "co_await l.async_acquire()",
                                       [](waiter& w, bool may_wait) {
                                         auto& self = static_cast<borrow_waiter&>(w);
                                         return self.of.start(self, may_wait);
                                       },
                                       [](waiter& w) noexcept {
                                         auto& self = static_cast<borrow_waiter&>(w);
                                         self.of.give_back(self.borrower);
                                       },
                                       nullptr};

namespace {
/// A borrower that is no task: beyond all their ids.
std::uint64_t fresh_borrower() noexcept {
  static constinit sys::atomic<std::uint64_t> next{std::uint64_t{1} << 63U};
  return next.fetch_add(1, sys::relaxed);
}
}  // namespace

borrow_waiter::borrow_waiter(task_cell& c, params p) noexcept
    : waiter(rule_of, c, p.of->waiters_, p.of),
      of(*p.of),
      borrower(p.for_itself ? fresh_borrower() : c.actor()) {}

permit borrow_waiter::result() const noexcept { return of.taken_by(borrower); }

}  // namespace detail

capacity_limiter::~capacity_limiter() {
  detail::require_no_waiters(mu_, waiters_,
                             "a capacity_limiter was destroyed while somebody waited for it");
}

bool capacity_limiter::start(detail::borrow_waiter& w, bool may_wait) {
  detail::owner_table bigger;  // what it becomes is given back after the lock
  {
    sys::lock hold(mu_);
    for (;;) {
      const std::size_t needed = waiters_.size() + 1;
      if (borrowers_.has_room(needed)) break;
      const std::size_t wanted = borrowers_.wanted(needed);
      hold.unlock();
      bigger = detail::owner_table();
      bigger.reserve(wanted);
      hold.relock();
      borrowers_.grow_into(bigger);
    }
    const bool capacity = taken_ < total_;
    if (!capacity && !may_wait) return false;
    if (!borrowers_.holds(w.borrower)) {
      if (capacity) {
        borrowers_.add(w.borrower);
        ++taken_;
      } else {
        waiters_.push_back(w);
      }
      return capacity;
    }
  }
  throw error("task " + std::to_string(w.borrower) +
              " borrows a second time from a capacity_limiter, which could wait for itself");
}

/// Hands permits out, from the front.
void capacity_limiter::let_in(detail::wake_batch& woken) noexcept {
  while (taken_ < total_) {
    auto* const next = static_cast<detail::borrow_waiter*>(waiters_.pop_front());
    if (next == nullptr) return;
    borrowers_.add(next->borrower);
    ++taken_;
    woken.add(*next);
  }
}

bool capacity_limiter::give_back(std::uint64_t borrower) noexcept {
  sys::decide_only(sys::operation::unlock, this);
  detail::wake_batch woken;
  {
    sys::lock hold(mu_);
    if (!borrowers_.remove(borrower)) return false;
    --taken_;
    let_in(woken);
  }
  woken.wake();
  return true;
}

bool capacity_limiter::try_acquire_until(time_point limit) {
  return detail::borrow_waiter(detail::current_cell(), {this, false}).block(limit);
}

void capacity_limiter::release() {
  const std::uint64_t borrower = detail::current_cell().actor();
  if (give_back(borrower)) return;
  throw not_owner("task " + std::to_string(borrower) +
                  " released a capacity_limiter from which it borrowed nothing");
}

permit capacity_limiter::taken_by(std::uint64_t borrower) noexcept {
  return permit(
      this,
      [](void* from, std::uint64_t owner) noexcept {
        TUTTI_CHECK(static_cast<capacity_limiter*>(from)->give_back(owner),
                    "a permit was given back twice: by release() of its limiter and by itself");
      },
      borrower);
}

void capacity_limiter::set_total(std::size_t n) noexcept {
  sys::decide_only(sys::operation::notify, this);
  detail::wake_batch woken;
  {
    sys::lock hold(mu_);
    total_ = n;
    let_in(woken);
  }
  woken.wake();
}

capacity_limiter::statistics_type capacity_limiter::statistics() const noexcept {
  sys::reach_further();
  sys::lock hold(mu_);
  return {total_, taken_, waiters_.size()};
}

}  // namespace tutti
