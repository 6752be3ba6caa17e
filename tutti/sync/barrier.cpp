#include <stdexcept>

#include <tutti/base/error.hpp>
#include <tutti/sync/barrier.hpp>

namespace tutti {
namespace detail {

const wait_rule barrier_waiter::rule_of{{"barrier.arrive_and_wait", &abort_wait},
                                        sys::operation::wait,
                                        "barrier::arrive_and_wait()",
                                        "co_await b.async_arrive_and_wait()",
                                        [](waiter& w, bool may_wait) {
                                          auto& self = static_cast<barrier_waiter&>(w);
                                          return self.of.start(self, may_wait);
                                        },
                                        nullptr,
                                        nullptr};

barrier_waiter::barrier_waiter(task_cell& c, params p) noexcept
    : waiter(rule_of, c, p.of->waiters_, p.of), of(*p.of) {}

std::size_t barrier_waiter::result() const {
  if (broken) throw broken_barrier();
  return index;
}

}  // namespace detail

barrier::barrier(std::size_t n, parties_tag) : waiters_(mu_), parties_(n) {
  if (n == 0) throw std::invalid_argument("a barrier needs at least one party");
}

barrier::~barrier() {
  detail::require_no_waiters(mu_, waiters_, "a barrier was destroyed while somebody waited at it");
}

bool barrier::start(detail::barrier_waiter& w, bool may_wait) noexcept {
  detail::wake_batch woken;
  {
    sys::lock hold(mu_);
    w.broken = broken_;
    if (!broken_) {
      if (waiters_.size() + 1 < parties_) {
        if (may_wait) waiters_.push_back(w);
        return false;
      }
      std::size_t index = 0;
      while (auto* const next = static_cast<detail::barrier_waiter*>(waiters_.pop_front())) {
        next->index = index++;
        woken.add(*next);
      }
      w.index = index;
    }
  }
  woken.wake();
  return true;
}

std::size_t barrier::arrive_and_wait() {
  detail::barrier_waiter w(detail::current_cell(), {this});
  w.block(time_point::max());
  return w.result();
}

std::optional<std::size_t> barrier::try_arrive_and_wait_until(time_point limit) {
  detail::barrier_waiter w(detail::current_cell(), {this});
  if (!w.block(limit)) return std::nullopt;
  return w.result();
}

void barrier::break_up(bool stays_broken) noexcept {
  sys::decide_only(sys::operation::notify, this);
  detail::wake_batch woken;
  {
    sys::lock hold(mu_);
    broken_ = stays_broken;
    while (auto* const next = static_cast<detail::barrier_waiter*>(waiters_.pop_front())) {
      next->broken = true;
      woken.add(*next);
    }
  }
  woken.wake();
}

void barrier::abort() noexcept { break_up(true); }
void barrier::reset() noexcept { break_up(false); }

barrier::statistics_type barrier::statistics() const noexcept {
  sys::reach_further();
  sys::lock hold(mu_);
  return {parties_, waiters_.size(), broken_};
}

}  // namespace tutti
