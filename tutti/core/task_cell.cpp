#include <tutti/core/task_cell.hpp>

#include <memory>
#include <utility>

#include <tutti/base/clock.hpp>
#include <tutti/core/context.hpp>
#include <tutti/core/detail/park_watch.hpp>
#include <tutti/core/detail/stop_record.hpp>
#include <tutti/core/detail/task_state.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::detail {

namespace ts = task_state;

task_cell::task_cell(scheduler& scheduled_on, cancel_node* parent,
                     std::source_location site) noexcept
    : cancel_node(kind::task, parent), where(&scheduled_on), created_at(site), state_(ts::created) {
  owner = this;
}

task_cell::~task_cell() {
  const std::uint32_t s = state_.load(sys::relaxed) & ts::what;
  TUTTI_CHECK(s == ts::created || s == ts::done || s == ts::active,
              "a task was destroyed while it waited");
  while (stop_ != nullptr) std::exchange(stop_, stop_->outer)->release();
}

void task_cell::inherit(const task_cell& from) noexcept {
  context = from.context;
  run_scope = from.run_scope;
  if (parent() == from.scope) {
    deadline_near = from.deadline_near;
    seen_epoch = from.seen_epoch;
  } else if (parent() != nullptr) {
    seen_epoch = parent()->clean_epoch();
  }
}

// ---- running ------------------------------------------------------------------------------------

void task_cell::resume_loop(std::coroutine_handle<> h) noexcept {
  sys::current_state& here = sys::current;
  void* const outer_pending = here.pending;
  const unsigned outer_depth = here.depth;
  do {
    here.pending = nullptr;
    here.depth = 0;
    h.resume();
    h = std::coroutine_handle<>::from_address(here.pending);
  } while (h);
  here.pending = outer_pending;
  here.depth = outer_depth;
}

void task_cell::run() noexcept {
  running_guard here(*this);
  std::uint32_t s = ts::created;
  if (state_.load(sys::relaxed) == ts::created ||
      (state_.load(sys::relaxed) & ts::what) == ts::done) {
    // acq_rel, pairs: task_cell.unstarted
    if (!state_.compare_exchange(s, ts::active, sys::acq_rel, sys::acquire)) {
      TUTTI_ASSERT((s & ts::what) == ts::done);
      // taken by a canceller before it started: only the queue's share is left to give back
      drop();
      return;
    }
    if (epoch.load(sys::acquire) != seen_epoch &&  // pairs: cancel_node.epoch
        (pending_cancel() != cancel_reason::none || is_dismissed())) {
      drop();
      return;
    }
    start();
    return;
  }
  TUTTI_ASSERT((state_.load(sys::relaxed) & ts::what) == ts::active);
  resume_loop(resume_);
}

void task_cell::start() noexcept { resume_loop(resume_); }

bool task_cell::take_unstarted() noexcept {
  std::uint32_t s = ts::created;
  // pairs: task_cell.unstarted
  return state_.compare_exchange(s, ts::done, sys::acq_rel, sys::acquire);
}

// pairs: task_cell.done
void task_cell::mark_done() noexcept { state_.store(ts::done, sys::release); }

// pairs: task_cell.done
bool task_cell::is_done() const noexcept {
  return (state_.load(sys::acquire) & ts::what) == ts::done;
}

bool task_cell::is_claimed() const noexcept {
  return (state_.load(sys::relaxed) & ts::what) == ts::aborting;
}

bool task_cell::is_parked() const noexcept {
  const std::uint32_t s = state_.load(sys::relaxed) & ts::what;
  return s == ts::parked || s == ts::blocked || s == ts::aborting;
}

// ---- park and wake ------------------------------------------------------------------------------

/// Deals with what came while the wait was being registered. True: the wait is over.
bool task_cell::settle(wait& w) noexcept {
  const std::uint32_t s = state_.load(sys::acquire);  // pairs: task_cell.wake
  if ((s & ts::wake_pending) != 0) {
    state_.fetch_and(~ts::wake_pending, sys::acquire);  // pairs: task_cell.wake
    wait_ = nullptr;
    return true;
  }
  if ((s & ts::poked) != 0) {
    state_.fetch_and(~ts::poked, sys::acquire);  // pairs: task_cell.claim
    const cancel_reason why = scope->effective(deadline_near);
    if (why != cancel_reason::none && wait_ != nullptr) {
      wait_ = nullptr;
      if (w.kind->abort(w)) {
        w.aborted = why;
        return true;
      }
    }
  }
  return false;
}

bool task_cell::park(wait& w, std::coroutine_handle<> h) noexcept {
  if (TUTTI_UNLIKELY(!scope->linked_.load(sys::acquire))) {  // pairs: cancel_node.linked
    scope->link();
    // A canceller that walked before we were linked did not see us: look ourselves.
    state_.fetch_or(ts::poked, sys::relaxed);
  }
  return park_for_children(w, h);
}

bool task_cell::park_for_children(wait& w, std::coroutine_handle<> h) noexcept {
  if (const park_watcher watcher = park_watch.load(sys::relaxed); TUTTI_UNLIKELY(watcher)) {
    watcher(*this, *w.kind);
  }
  resume_ = h;
  wait_ = &w;
  waits_at.store(w.kind, sys::relaxed);
  for (;;) {
    std::uint32_t expected = ts::active;
    // release: the frame before the state. pairs: task_cell.wake, task_cell.claim
    if (state_.compare_exchange(expected, ts::parked, sys::acq_rel, sys::acquire)) return true;
    if (settle(w)) return false;
  }
}

void task_cell::block(wait& w, time_point deadline) noexcept {
  sleeper_ = &sys::this_parker();
  wait_ = &w;
  waits_at.store(w.kind, sys::relaxed);
  if (TUTTI_UNLIKELY(!scope->linked_.load(sys::acquire))) {  // pairs: cancel_node.linked
    scope->link();
    state_.fetch_or(ts::poked, sys::relaxed);
  }
  for (;;) {
    std::uint32_t expected = ts::active;
    // release: pairs: task_cell.wake, task_cell.claim
    if (!state_.compare_exchange(expected, ts::blocked, sys::acq_rel, sys::acquire)) {
      if (settle(w)) return;
      continue;
    }
    // Woken by make_ready(): exactly one token per blocked → active.
    if (sleeper_->park_until(deadline)) return;
    if (time_out(w)) return;
    deadline = time_point::max();
  }
}

/// The deadline passed while blocked. True: the wait is over. False: a wake is certain to come,
/// block again.
bool task_cell::time_out(wait& w) noexcept {
  std::uint32_t s = ts::blocked;
  // pairs: task_cell.wake
  if (!state_.compare_exchange(s, ts::active, sys::acq_rel, sys::acquire)) {
    sleeper_->park();  // somebody else is ending this wait: take the token
    return true;
  }
  if (wait_ == nullptr) return false;
  wait_ = nullptr;
  if (!w.kind->abort(w)) return false;
  w.timed_out = true;
  return true;
}

/// Active now: hands it to its scheduler, or lets its thread go on.
void task_cell::make_ready(bool blocked) noexcept {
  if (blocked) {
    sleeper_->unpark();
  } else {
    where->schedule(*this);
  }
}

void task_cell::wake() noexcept {
  // acquire: sleeper_ was written before the state said blocked. pairs: task_cell.wake
  std::uint32_t s = state_.load(sys::acquire);
  for (;;) {
    const std::uint32_t kind_now = s & ts::what;
    if (kind_now == ts::parked || kind_now == ts::blocked) {
      sys::parker* const sleeper = sleeper_;
      // acq_rel, pairs: task_cell.wake
      if (!state_.compare_exchange(s, ts::active, sys::acq_rel, sys::acquire)) continue;
      if (kind_now == ts::blocked) {
        sleeper->unpark();
      } else {
        sys::reach_further();
        where->schedule(*this);
      }
      return;
    }
    sys::reach_further();
    TUTTI_ASSERT(kind_now == ts::active || kind_now == ts::aborting);
    TUTTI_ASSERT((s & ts::wake_pending) == 0);
    // acquire on failure too: it may have blocked since, and sleeper_ is read next. pairs:
    // task_cell.wake
    if (state_.compare_exchange(s, s | ts::wake_pending, sys::acq_rel, sys::acquire)) return;
  }
}

std::coroutine_handle<> task_cell::wake_here() noexcept {
  sys::reach_further();
  std::uint32_t s = ts::parked;
  if (where != running_scheduler() || where->is_loop() ||
      // pairs: task_cell.wake
      !state_.compare_exchange(s, ts::active, sys::acq_rel, sys::relaxed)) {
    wake();
    return std::noop_coroutine();
  }
  sys::current.cell = this;
  return resume_;
}

// ---- cancellation -------------------------------------------------------------------------------

bool task_cell::claim_abort() noexcept {
  std::uint32_t s = state_.load(sys::relaxed);
  for (;;) {
    const std::uint32_t kind_now = s & ts::what;
    if (kind_now == ts::parked || kind_now == ts::blocked) {
      const std::uint32_t claimed = ts::aborting | (kind_now == ts::blocked ? ts::was_blocked : 0);
      // pairs: task_cell.claim
      if (!state_.compare_exchange(s, claimed, sys::acq_rel, sys::relaxed)) continue;
      if (wait_ != nullptr) return true;
      unclaim();  // its wait is past aborting
      return false;
    }
    if (kind_now != ts::active) return false;
    // pairs: task_cell.claim
    if (state_.compare_exchange(s, s | ts::poked, sys::acq_rel, sys::relaxed)) return false;
  }
}

bool task_cell::hold_still() noexcept {
  std::uint32_t s = state_.load(sys::relaxed);
  const std::uint32_t kind_now = s & ts::what;
  if (kind_now != ts::parked && kind_now != ts::blocked) return false;
  const std::uint32_t claimed = ts::aborting | (kind_now == ts::blocked ? ts::was_blocked : 0);
  return state_.compare_exchange(s, claimed, sys::acq_rel, sys::relaxed);  // pairs: task_cell.claim
}

/// Aborting → parked or blocked again; if a wake came meanwhile, active.
void task_cell::unclaim() noexcept {
  std::uint32_t s = state_.load(sys::relaxed);
  for (;;) {
    const bool blocked = (s & ts::was_blocked) != 0;
    const bool woken = (s & ts::wake_pending) != 0;
    const std::uint32_t after = woken ? ts::active : blocked ? ts::blocked : ts::parked;
    // pairs: task_cell.wake
    if (!state_.compare_exchange(s, after, sys::acq_rel, sys::relaxed)) continue;
    if (woken) make_ready(blocked);
    return;
  }
}

void task_cell::abort_claimed() noexcept {
  if ((state_.load(sys::relaxed) & ts::was_blocked) != 0) {
    finish_abort();
  } else {
    where->deliver_abort(*this);
  }
}

void task_cell::finish_abort() noexcept {
  TUTTI_ASSERT((state_.load(sys::relaxed) & ts::what) == ts::aborting);
  wait* const w = wait_;
  wait_ = nullptr;
  if (!w->kind->abort(*w)) {
    unclaim();
    return;
  }
  w->aborted = abort_reason;
  const bool blocked = (state_.load(sys::relaxed) & ts::was_blocked) != 0;
  TUTTI_ASSERT((state_.load(sys::relaxed) & ts::wake_pending) == 0);
  state_.store(ts::active, sys::release);  // pairs: task_cell.wake
  make_ready(blocked);
}

void scheduler::deliver_abort(task_cell& cell) noexcept { cell.finish_abort(); }

cancel_reason task_cell::look_up() noexcept {
  const std::uint32_t now_epoch = epoch.load(sys::acquire);  // pairs: cancel_node.epoch
  cancel_reason why = scope->effective(deadline_near);
  if (why == cancel_reason::none && deadline_near != time_point::max()) {
    const time_point now = clock::now();
    if (now >= deadline_near) {
      scope->expire(now);
      why = scope->effective(deadline_near);
    }
  }
  if (why == cancel_reason::none) {
    seen_epoch = now_epoch;
    if (deadline_near == time_point::max()) scope->mark_clean(now_epoch);
  }
  return why;
}

void task_cell::checkpoint_slow() {
  // pairs: cancel_node.epoch
  if (epoch.load(sys::acquire) == seen_epoch && clock::now() < deadline_near) return;
  if (const cancel_reason why = look_up(); why != cancel_reason::none) throw cancelled{why};
}

void task_cell::enter_scope(cancel_node& n, time_point limit) noexcept {
  n.owner = this;
  scope = &n;
  deadline_near = limit;
}

void task_cell::leave_scope(cancel_node& n, time_point former_deadline) noexcept {
  TUTTI_CHECK(scope == &n, "scopes were left in another order than they were entered");
  scope = n.parent();
  if (TUTTI_UNLIKELY(stop_ != nullptr && stop_->scope == &n)) drop_stop_record();
  n.leave();
  deadline_near = former_deadline;
  // A shield hid what is pending outside, and an outer deadline may have been moved meanwhile: look
  // again.
  if (n.kind_is_shield() || former_deadline != time_point::max()) seen_epoch = 0;
}

// ---- identity -----------------------------------------------------------------------------------

std::uint64_t task_cell::id() noexcept {
  std::uint64_t mine = id_.load(sys::relaxed);
  if (mine != 0) return mine;
  static sys::atomic<std::uint64_t> last{1};
  const std::uint64_t fresh = last.fetch_add(1, sys::relaxed);
  return id_.compare_exchange(mine, fresh, sys::relaxed, sys::relaxed) ? fresh : mine;
}

std::string task_cell::name_text() {
  if (context && !context.get()->name.empty()) return context.get()->name;
  return "task-" + std::to_string(id());
}

void require_blocking_allowed(const char* operation, const char* instead) {
  const scheduler* const here = running_scheduler();
  const task_cell* const cell = running_cell();
  const bool on_loop = here != nullptr && here->is_loop();
  const bool in_coroutine = cell != nullptr && cell->is_coroutine;
  if (TUTTI_LIKELY(!on_loop && !in_coroutine)) return;
  throw blocking_call(std::string(operation) + " would block " +
                      (on_loop ? "the event loop" : "a coroutine's thread") + ": write " + instead);
}

}  // namespace tutti::detail
