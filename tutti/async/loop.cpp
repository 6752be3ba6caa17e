#include <tutti/async/loop.hpp>

#include <cstdio>

#include <tutti/base/clock.hpp>
#include <tutti/core/detail/task_state.hpp>
#include <tutti/sys/current.hpp>
#include <tutti/sys/futex.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::detail {
namespace {
constexpr std::uintptr_t asleep = 1;
}

loop::loop(std::unique_ptr<driver> d, std::string label)
    : timers_(clock::now()), driver_(std::move(d)), label_(std::move(label)) {}

loop::~loop() {
  // A poster that is between its post and its interrupt still needs the driver: a few instructions.
  // pairs: loop.interrupts
  while (interrupts_done_.load(sys::acquire) != interrupts_owed_) sys::cpu_relax();
  while (loop_guest* const g = guests_.front()) delete g;
  // What nobody waits for any more does not fire: a stream that outlives us had asked for it.
  while (timers_.pop_due(time_point::max()) != nullptr) {
  }
  take_posted();
  while (task_cell* const cell = ready_.pop_front()) {
    // Cancelled before they started, such tasks ended at once; what is left of them is their place
    // in the queue.
    TUTTI_CHECK(cell->is_done(), "a loop was destroyed while it had tasks to run");
    cell->run();
  }
}

void loop::schedule(task_cell& cell) noexcept {
  if (TUTTI_LIKELY(runs_here())) {
    ready_.push_back(&cell);
  } else {
    post(cell);
  }
}

void loop::post(task_cell& cell) noexcept {
  sys::reach_further();
  std::uintptr_t head = posted_.load(sys::relaxed);
  do {
    cell.next_ready = head == asleep ? nullptr : reinterpret_cast<task_cell*>(head);
    // release: the cell before the list. pairs: loop.posted
  } while (!posted_.compare_exchange_weak(head, reinterpret_cast<std::uintptr_t>(&cell),
                                          sys::acq_rel, sys::relaxed));
  if (head != asleep) return;
  driver_->interrupt();
  // The loop may have found the task without us and be on its way out: this is our last touch.
  interrupts_done_.fetch_add(1, sys::release);  // pairs: loop.interrupts
}

void loop::take_posted() noexcept {
  if (TUTTI_LIKELY(posted_.load(sys::relaxed) == 0)) return;
  const std::uintptr_t head = posted_.exchange(0, sys::acquire);  // pairs: loop.posted
  if (head == asleep) return;
  chain<task_cell, &task_cell::next_ready> arrived;
  for (auto* cell = reinterpret_cast<task_cell*>(head); cell != nullptr;) {
    task_cell* const older = cell->next_ready;
    arrived.push_front(cell);
    cell = older;
  }
  while (task_cell* const cell = arrived.pop_front()) {
    if (cell->is_claimed()) {
      cell->finish_abort();
    } else {
      ready_.push_back(cell);
    }
  }
}

void loop::deliver_abort(task_cell& cell) noexcept {
  if (runs_here()) {
    cell.finish_abort();
  } else {
    post(cell);  // take_posted() knows it by its state
  }
}

void loop::arm(timer& t) noexcept {
  TUTTI_ASSERT(runs_here());
  timers_.insert(t);
}

bool loop::disarm(timer& t) noexcept {
  TUTTI_ASSERT(runs_here());
  if (!t.is_linked()) return false;
  timers_.remove(t);
  return true;
}

void loop::fire_timers() noexcept {
  if (timers_.empty()) return;
  const time_point now = clock::now();
  while (timer* const t = timers_.pop_due(now)) t->fire(*t);
}

void loop::run_task(task_cell& cell) noexcept {
  if (TUTTI_LIKELY(on_slow_ == nullptr)) {
    cell.run();
    return;
  }
  // The task may be gone when it has run: what the report needs is taken before.
  slow_report report{cell.id(), cell.name_text(), cell.created_at, duration::zero()};
  const time_point start = clock::now();
  cell.run();
  report.took = clock::now() - start;
  if (report.took > slow_limit_) on_slow_(report);
}

void loop::do_afterwork() noexcept {
  while (afterwork* const w = afterwork_.pop_front()) w->run(*w);
}

/// Says "asleep" before it looks a last time, so that a post either is seen here or interrupts.
void loop::sleep() noexcept {
  std::uintptr_t nothing = 0;
  // acq_rel, pairs: loop.posted
  if (!posted_.compare_exchange(nothing, asleep, sys::acq_rel, sys::relaxed)) return;
  driver_->wait(timers_.next_deadline());
  std::uintptr_t still = asleep;
  // Whoever posted to a sleeping loop interrupts it, sooner or later.
  if (!posted_.compare_exchange(still, 0, sys::relaxed, sys::relaxed)) ++interrupts_owed_;
}

void loop::run_until(bool (*stop)(void*), void* data) noexcept {
  sys::current_state& here = sys::current;
  void* const outer = here.scheduler;
  here.scheduler = static_cast<scheduler*>(this);
  while (!stop(data)) {
    take_posted();
    fire_timers();
    if (TUTTI_UNLIKELY(!afterwork_.empty())) do_afterwork();
    if (ready_.empty()) {
      sleep();  // delivers what became ready
    } else {
      driver_->poll();
    }
    for (unsigned n = 0; n < batch_max; ++n) {
      task_cell* const cell = ready_.pop_front();
      if (cell == nullptr) break;
      run_task(*cell);
      if (TUTTI_UNLIKELY(!afterwork_.empty())) do_afterwork();
      if (TUTTI_UNLIKELY(stop(data))) break;
    }
  }
  // A task that was cancelled before it ran is done but still queued: it only gives its share back.
  take_posted();
  chain<task_cell, &task_cell::next_ready> alive;
  while (task_cell* const cell = ready_.pop_front()) {
    if (cell->is_done()) {
      cell->run();
    } else {
      alive.push_back(cell);
    }
  }
  while (task_cell* const cell = alive.pop_front()) ready_.push_back(cell);
  here.scheduler = outer;
}

namespace {
/// Ends a drain.
struct drain_limit : timer {
  drain_limit() noexcept
      : timer([](timer& t) noexcept { static_cast<drain_limit&>(t).is_over = true; }) {}
  bool is_over = false;
};
}  // namespace

void loop::drain() noexcept {
  if (TUTTI_LIKELY(guests_.empty())) return;
  struct end {
    loop& self;
    drain_limit limit;
  } until{*this, {}};
  until.limit.when = saturating_add(clock::now(), drain_max);
  timers_.insert(until.limit);
  run_until(
      [](void* p) {
        const end& e = *static_cast<end*>(p);
        return e.self.guests_.empty() || e.limit.is_over;
      },
      &until);
  if (until.limit.is_linked()) timers_.remove(until.limit);
  if (!guests_.empty()) {
    std::fputs(
        "tutti: a loop ended while closed streams had bytes to send that the other side did not "
        "take; await flush() before close() to know that they went out\n",
        stderr);
  }
}

}  // namespace tutti::detail
