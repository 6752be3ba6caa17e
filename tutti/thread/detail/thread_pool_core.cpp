#include <tutti/thread/detail/thread_pool_core.hpp>

#include <tutti/sys/world.hpp>

namespace tutti::detail {
namespace {
/// A task that waits runs others on its stack; beyond this depth it sleeps instead.
constexpr unsigned nesting_max = 128;
}  // namespace

thread_pool_core::thread_pool_core(unsigned threads, std::string name, function<void()> initializer)
    : name_(std::move(name)) {
  // Every worker runs the initializer before the pool exists, so its failure is the constructor's.
  auto init = std::make_shared<function<void()>>(std::move(initializer));
  std::vector<future<void>> started;
  for (unsigned i = 0; i < threads; ++i) workers_.push_back(std::make_unique<thread_pool_worker>());
  try {
    for (unsigned i = 0; i < threads; ++i) {
      promise<void> begun;
      if (*init) started.push_back(begun.get_future());
      thread_pool_worker& self = *workers_[i];
      self.thread = sys::thread(name_ + "-" + std::to_string(i),
                                [this, &self, init, begun = std::move(begun)]() mutable {
                                  sys::current.scheduler = static_cast<scheduler*>(this);
                                  sys::current.worker = &self;
                                  try {
                                    if (*init) (*init)();
                                    begun.set_value();
                                  } catch (...) {
                                    begun.set_exception(std::current_exception());
                                  }
                                  init.reset();
                                  run_worker(self);
                                });
    }
    for (future<void>& f : started) f.state()->block_until_done(time_point::max());
  } catch (...) {
    stop();
    throw;
  }
  for (future<void>& f : started) {
    if (const std::exception_ptr error = f.exception()) {
      for (future<void>& other : started) other.state()->mark_observed();
      stop();
      std::rethrow_exception(error);
    }
  }
}

thread_pool_core::~thread_pool_core() {
  stop();
  TUTTI_CHECK(ready_.empty(), "a thread pool was destroyed while it had tasks to run");
}

void thread_pool_core::schedule(task_cell& cell) noexcept {
  thread_pool_worker* woken = nullptr;
  {
    sys::lock hold(mu_);
    ready_.push_back(&cell);
    ++queued_;
    woken = pick_idle();
  }
  if (woken != nullptr) woken->sleeper.unpark();
}

void thread_pool_core::arm(timer& t) noexcept {
  if (!timers_.arm(t)) return;
  // It is the earliest: who sleeps for the timers sleeps too long.
  thread_pool_worker* keeper = nullptr;
  {
    sys::lock hold(mu_);
    keeper = time_keeper_;
    if (keeper != nullptr) leave_idle(*keeper);
  }
  if (keeper != nullptr) keeper->sleeper.unpark();
}

thread_pool_worker* thread_pool_core::pick_idle() noexcept {
  thread_pool_worker* best = idle_;
  if (best != nullptr && best == time_keeper_ && best->next_idle != nullptr) best = best->next_idle;
  if (best != nullptr) leave_idle(*best);
  return best;
}

void thread_pool_core::leave_idle(thread_pool_worker& self) noexcept {
  thread_pool_worker** at = &idle_;
  while (*at != &self) at = &(*at)->next_idle;
  *at = self.next_idle;
  self.is_idle = false;
  --idle_count_;
  if (time_keeper_ == &self) time_keeper_ = nullptr;
}

task_cell* thread_pool_core::take() noexcept {
  sys::lock hold(mu_);
  task_cell* const cell = ready_.pop_front();
  if (cell != nullptr) --queued_;
  return cell;
}

bool thread_pool_core::run_one() noexcept {
  auto* const self = static_cast<thread_pool_worker*>(sys::current.worker);
  if (self->nesting >= nesting_max) return false;
  timers_.fire_due();
  task_cell* const cell = take();
  if (cell == nullptr) return false;
  ++self->nesting;
  cell->run();
  --self->nesting;
  return true;
}

void thread_pool_core::run_worker(thread_pool_worker& self) noexcept {
  for (;;) {
    sys::decide(sys::operation::get, this);
    timers_.fire_due();
    if (task_cell* const cell = take()) {
      cell->run();
    } else if (!sleep(self)) {
      return;
    }
  }
}

/// Idle until woken or until the next deadline. False: the pool stops.
bool thread_pool_core::sleep(thread_pool_worker& self) noexcept {
  bool keeps_time = false;
  {
    sys::lock hold(mu_);
    if (!ready_.empty()) return true;
    if (stopping_) return false;
    self.next_idle = idle_;
    idle_ = &self;
    self.is_idle = true;
    ++idle_count_;
    if (time_keeper_ == nullptr) {
      time_keeper_ = &self;
      keeps_time = true;
    }
  }
  // Armed after this look: arm() finds the keeper on the list and wakes it.
  self.sleeper.park_until(keeps_time ? timers_.next() : time_point::max());
  sys::lock hold(mu_);
  if (self.is_idle) leave_idle(self);
  return true;
}

void thread_pool_core::sweep_dismissed() noexcept {
  chain<task_cell, &task_cell::next_ready> queued;
  {
    sys::lock hold(mu_);
    while (task_cell* const cell = ready_.pop_front()) queued.push_back(cell);
    queued_ = 0;
  }
  while (task_cell* const cell = queued.pop_front()) {
    if (cell->is_dismissed()) {
      cell->run();  // ends as cancelled without running
    } else {
      schedule(*cell);
    }
  }
}

void thread_pool_core::stop() noexcept {
  {
    sys::lock hold(mu_);
    stopping_ = true;
  }
  for (auto& w : workers_) w->sleeper.unpark();
  for (auto& w : workers_) w->thread.join();
}

thread_pool_core::counters thread_pool_core::count() noexcept {
  sys::lock hold(mu_);
  return {idle_count_, queued_};
}

}  // namespace tutti::detail
