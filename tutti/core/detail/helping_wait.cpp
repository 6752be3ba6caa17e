#include <tutti/core/detail/helping_wait.hpp>

#include <utility>

#include <tutti/base/clock.hpp>
#include <tutti/core/scheduler.hpp>

namespace tutti::detail {

namespace {
/// Who is on the way to wake it knows its address: there is no leaving early.
const wait_kind certain{"the end of a wait", [](wait&) noexcept { return false; }};
}  // namespace

bool helping_wait::abort_sleep(wait& w) noexcept {
  auto& self = static_cast<helping_wait&>(w);
  // pairs: helping_wait.word
  return (self.word_.fetch_and(~unsigned{asleep}, sys::acq_rel) & asleep) != 0;
}

void helping_wait::tell(unsigned what) noexcept {
  task_cell* const sleeper = cell;  // this may be gone with the next step
  unsigned s = word_.load(sys::relaxed);
  // pairs: helping_wait.word
  while (!word_.compare_exchange(s, (s | what) & ~unsigned{asleep}, sys::acq_rel, sys::relaxed)) {
  }
  if ((s & asleep) != 0) sleeper->wake();
}

/// False: one of `until` has been told already.
bool helping_wait::fall_asleep(unsigned until) noexcept {
  unsigned s = word_.load(sys::acquire);  // pairs: helping_wait.word
  do {
    if ((s & until) != 0) return false;
    // pairs: helping_wait.word
  } while (!word_.compare_exchange(s, s | asleep, sys::acq_rel, sys::acquire));
  return true;
}

void helping_wait::sleep_surely(unsigned until) noexcept {
  const wait_kind* const usual = std::exchange(kind, &certain);
  while (fall_asleep(until)) cell->block(*this, time_point::max());  // woken by tell()
  kind = usual;
}

void helping_wait::await_work() noexcept {
  sleep_surely(work);
  word_.fetch_and(~unsigned{work}, sys::relaxed);
}

bool helping_wait::until_result(time_point deadline) {
  if (!enlist()) return true;
  scheduler* const here = running_scheduler();
  const auto is_late = [deadline] {
    return deadline != time_point::max() && clock::now() >= deadline;
  };
  bool has_offered = false;
  for (;;) {
    while (here != nullptr && !has_result() && !is_late() && here->run_one()) {
    }
    if (has_result() || aborted != cancel_reason::none || is_late()) break;
    time_point limit = deadline;
    has_offered = true;
    if (here != nullptr && !here->offer_help(*this, limit)) continue;  // work came meanwhile
    timed_out = false;
    if (fall_asleep(result | work)) cell->block(*this, limit);  // woken by tell()
    if (here != nullptr) here->withdraw_help(*this);
    if (aborted != cancel_reason::none) break;
  }
  if (here != nullptr && has_offered) here->leave_to_others();
  if (has_result()) return true;
  if (!withdraw()) {
    sleep_surely(result);
    return true;
  }
  check();
  return false;
}

}  // namespace tutti::detail
