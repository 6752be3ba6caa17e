#include <stdexcept>

#include <tutti/sync/latch.hpp>

namespace tutti {
namespace detail {

const wait_rule latch_waiter::rule_of{{"latch.wait", &abort_wait},
                                      sys::operation::wait,
                                      "latch::wait()",
                                      "co_await l.async_wait()",
                                      [](waiter& w, bool may_wait) {
                                        auto& self = static_cast<latch_waiter&>(w);
                                        return self.of.start(self, may_wait);
                                      },
                                      nullptr,
                                      nullptr};

latch_waiter::latch_waiter(task_cell& c, params p) noexcept
    : waiter(rule_of, c, p.of->waiters_, p.of), of(*p.of) {}

}  // namespace detail

latch::~latch() {
  detail::require_no_waiters(mu_, waiters_, "a latch was destroyed while somebody waited for it");
}

bool latch::start(detail::latch_waiter& w, bool may_wait) noexcept {
  sys::lock hold(mu_);
  if (count_ == 0) return true;
  if (may_wait) waiters_.push_back(w);
  return false;
}

void latch::count_down(std::size_t k) {
  sys::decide_only(sys::operation::notify, this);
  detail::wake_batch woken;
  {
    sys::lock hold(mu_);
    if (k > count_) throw std::logic_error("a latch was counted down below zero");
    count_ -= k;
    if (count_ == 0) woken.add_all(waiters_);
  }
  woken.wake();
}

bool latch::try_wait() const noexcept {
  sys::decide_only(sys::operation::look, this);
  sys::lock hold(mu_);
  return count_ == 0;
}

bool latch::try_wait_until(time_point limit) {
  return detail::latch_waiter(detail::current_cell(), {this}).block(limit);
}

latch::statistics_type latch::statistics() const noexcept {
  sys::reach_further();
  sys::lock hold(mu_);
  return {count_, waiters_.size()};
}

}  // namespace tutti
