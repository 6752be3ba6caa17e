#include <tutti/core/sleep.hpp>

#include <tutti/base/clock.hpp>

namespace tutti::detail {

const wait_kind sleep_wait::kind_of{"sleep", [](wait& w) noexcept {
                                      auto& self = static_cast<sleep_wait&>(w);
                                      return self.when == time_point::max() ||
                                             self.cell->where->disarm(self);
                                    }};

bool sleep_wait::suspend(time_point until, std::coroutine_handle<> h) {
  when = until;
  if (until != time_point::max()) cell->where->arm(*this);  // wakes: the scheduler's timers
  return cell->park(*this, h);
}

bool sleep_awaiter::suspend(task_cell& cell, std::coroutine_handle<> h) {
  cell.checkpoint();
  cell_ = &cell;
  if (for_ <= duration::zero()) {
    cell.reschedule(h);
    return true;
  }
  const time_point until = for_ == duration::max() ? until_ : saturating_add(clock::now(), for_);
  wait_.emplace(cell);
  return wait_->suspend(until, h);
}

}  // namespace tutti::detail
