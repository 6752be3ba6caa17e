#include <stdexcept>

#include <tutti/base/error.hpp>
#include <tutti/sync/semaphore.hpp>

namespace tutti::detail {

const wait_rule acquire_waiter::rule_of{
    {"semaphore.acquire", &abort_wait},
    sys::operation::lock,
    "semaphore::acquire()",
    "co_await s.async_acquire()",
    [](waiter& w, bool may_wait) {
      auto& self = static_cast<acquire_waiter&>(w);
      return self.of.start(self, may_wait);
    },
    [](waiter& w) noexcept { static_cast<acquire_waiter&>(w).of.give(1); },
    nullptr};

acquire_waiter::acquire_waiter(task_cell& c, params p) noexcept
    : waiter(rule_of, c, p.of->waiters_, p.of), of(*p.of) {}

permit acquire_waiter::result() const noexcept { return of.taken(); }

std::size_t checked_count(bool negative, std::size_t n) {
  if (negative) throw std::invalid_argument("a count of permits or parties is not negative");
  return n;
}

counting::~counting() {
  require_no_waiters(mu_, waiters_, "a semaphore was destroyed while somebody waited for it");
}

bool counting::start(acquire_waiter& w, bool may_wait) noexcept {
  sys::lock hold(mu_);
  if (available_ > 0) {
    --available_;
    return true;
  }
  if (may_wait) waiters_.push_back(w);
  return false;
}

bool counting::try_acquire_until(time_point limit) {
  return acquire_waiter(current_cell(), {this}).block(limit);
}

permit counting::taken() noexcept {
  return permit(
      this,
      [](void* from, std::uint64_t) noexcept {
        TUTTI_CHECK(static_cast<counting*>(from)->give(1),
                    "a permit was given back twice: by release() of its semaphore and by itself");
      },
      0);
}

/// False: that would be more than the bound.
bool counting::give(std::size_t k) noexcept {
  sys::decide_only(sys::operation::unlock, this);
  wake_batch woken;
  {
    sys::lock hold(mu_);
    if (k > available_max_ - available_) return false;
    available_ += k;
    while (available_ > 0) {
      waiter* const next = waiters_.pop_front();
      if (next == nullptr) break;
      --available_;
      woken.add(*next);
    }
  }
  woken.wake();
  return true;
}

void counting::release(std::size_t k) {
  if (!give(k)) throw not_owner("more permits were released than the semaphore has");
}

counting::statistics_type counting::statistics() const noexcept {
  sys::reach_further();
  sys::lock hold(mu_);
  return {available_, waiters_.size()};
}

}  // namespace tutti::detail
