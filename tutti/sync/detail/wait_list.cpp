#include <tutti/base/clock.hpp>
#include <tutti/sync/detail/wait_list.hpp>

namespace tutti::detail {

bool waiter::abort_wait(wait& w) noexcept {
  auto& self = static_cast<waiter&>(w);
  wake_batch woken;
  {
    sys::lock hold(self.in->guard_);
    if (!self.is_linked()) return false;  // its wake has come or is certain to come
    self.in->remove(self);
    if (self.rule().left != nullptr) self.rule().left(self, woken);
  }
  woken.wake();
  return true;
}

bool waiter::suspend(std::coroutine_handle<> h) {
  cell->checkpoint();
  sys::decide_only(rule().what, object);
  if (rule().start(*this, true)) return false;
  parked = true;
  return cell->park(*this, h);  // wakes: whoever takes it out of its list
}

bool waiter::block(time_point deadline) {
  blocks = true;
  sys::decide_only(rule().what, object);
  if (rule().start(*this, false)) return true;
  if (deadline == time_point::min()) return false;
  if (deadline != time_point::max() && clock::now() >= deadline) return false;
  require_blocking_allowed(rule().blocking, rule().instead);
  cell->checkpoint();
  if (rule().start(*this, true)) return true;
  if (!sleep(deadline)) return false;
  settle();
  return true;
}

bool waiter::sleep(time_point deadline) {
  parked = true;
  do {
    cell->block(*this, deadline);  // wakes: whoever takes it out of its list
    if (timed_out) return false;
  } while (aborted == cancel_reason::none && rule().again != nullptr && rule().again(*this));
  return true;
}

void waiter::settle() {
  if (!parked) return;
  check();
  if (rule().undo == nullptr) return;
  if (const cancel_reason why = cell->pending_cancel();
      TUTTI_UNLIKELY(why != cancel_reason::none)) {
    rule().undo(*this);
    throw cancelled{why};
  }
}

void require_no_waiters(sys::mutex& guard, wait_list& list, const char* text) noexcept {
  sys::lock hold(guard);
  TUTTI_CHECK(list.empty(), text);
}

time_point limit_after(duration d) noexcept {
  if (d <= duration::zero()) return time_point::min();
  return d == duration::max() ? time_point::max() : saturating_add(clock::now(), d);
}

}  // namespace tutti::detail
