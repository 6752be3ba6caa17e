#include <tutti/thread/detail/thread_pool_core.hpp>

#include <algorithm>

#include <tutti/base/clock.hpp>
#include <tutti/sys/asymmetric_fence.hpp>
#include <tutti/sys/futex.hpp>
#include <tutti/sys/topology.hpp>
#include <tutti/sys/world.hpp>
#include <tutti/thread/thread_pool.hpp>

namespace tutti::detail {
namespace {
/// A task that waits runs others on its stack; beyond this depth it sleeps instead.
constexpr unsigned nesting_max = 128;
/// A worker looks at the common queue this often even if it has forks of its own.
constexpr unsigned fair_turn = 61;
/// Looks for work before a worker sleeps, some microseconds in all.
constexpr unsigned looks_max = 64;

/// By the one thread that changes it.
void count_one(sys::atomic<std::uint64_t>& count) noexcept {
  count.store(count.load(sys::relaxed) + 1, sys::relaxed);
}
/// Looking again and again makes sense only where another core may have work meanwhile.
unsigned looks_before_sleep() noexcept {
  static const bool alone = sys::effective_cores() < 2;
  return alone || sys::current_world != nullptr ? 1 : looks_max;
}
}  // namespace

thread_pool_core::thread_pool_core(unsigned threads, std::string name, function<void()> initializer)
    : name_(std::move(name)), made_at_(clock::now()) {
  // Every worker runs the initializer before the pool exists, so its failure is the constructor's.
  auto init = std::make_shared<function<void()>>(std::move(initializer));
  std::vector<future<void>> started;
  for (unsigned i = 0; i < threads; ++i) workers_.push_back(std::make_unique<thread_pool_worker>());
  try {
    for (unsigned i = 0; i < threads; ++i) {
      promise<void> begun;
      if (*init) started.push_back(begun.get_future());
      thread_pool_worker& self = *workers_[i];
      self.dice = i + 1;
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
  TUTTI_CHECK(ready_.empty() && !forks_wait(),
              "a thread pool was destroyed while it had tasks to run");
}

void thread_pool_core::schedule(task_cell& cell) noexcept {
  woken somebody;
  {
    sys::lock hold(mu_);
    ready_.push_back(&cell);
    queued_.fetch_add(1, sys::relaxed);
    somebody = pick_idle();
  }
  wake(somebody);
}

void thread_pool_core::schedule_fork(task_cell& cell) noexcept {
  if (runs_here() && self_here().forks.push(entry_of(cell))) {
    notice_fork();
  } else {
    schedule(cell);
  }
}

void thread_pool_core::wake_one() noexcept {
  woken somebody;
  {
    sys::lock hold(mu_);
    somebody = pick_idle();
  }
  wake(somebody);
}

bool thread_pool_core::join_slow(stack_fork& f, entry popped) noexcept {
  thread_pool_worker& self = self_here();
  for (; popped != 0; popped = self.forks.pop()) {
    if (popped == entry_of(f)) return true;
    run_entry(popped);  // forked later by something that has suspended meanwhile
  }
  // Stolen: others' work until it is over.
  unsigned looks = 0;
  while (!f.is_over()) {
    if (run_one()) {
      looks = 0;
    } else if (++looks < looks_before_sleep()) {
      sys::cpu_relax();
    } else if (f.wait_for_end()) {
      sleep_in_join(self, f);
    }
  }
  return false;
}

void thread_pool_core::arm(timer& t) noexcept {
  if (!timers_.arm(t)) return;
  // It is the earliest: who sleeps for the timers sleeps too long.
  woken keeper;
  {
    sys::lock hold(mu_);
    if (time_keeper_ != nullptr) keeper = pick(*time_keeper_);
  }
  wake(keeper);
}

thread_pool_core::woken thread_pool_core::pick_idle() noexcept {
  thread_pool_worker* best = idle_;
  if (best != nullptr && best == time_keeper_ && best->next_idle != nullptr) best = best->next_idle;
  return best != nullptr ? pick(*best) : woken();
}

thread_pool_core::woken thread_pool_core::pick(thread_pool_worker& self) noexcept {
  leave_idle(self);
  if (self.sleeps_in == nullptr) wakers_.fetch_add(1, sys::relaxed);
  return {&self, self.sleeps_in};
}

void thread_pool_core::wake(woken w) noexcept {
  if (w.in != nullptr) {
    w.in->work_came();
  } else if (w.who != nullptr) {
    w.who->sleeper.unpark();
    // The last touch, unless stop() waits for just this. pairs: thread_pool_core.wakers
    if (wakers_.fetch_sub(1, sys::acq_rel) == 1) last_waker_.unpark();
  }
}

void thread_pool_core::leave_idle(thread_pool_worker& self) noexcept {
  thread_pool_worker** at = &idle_;
  while (*at != &self) at = &(*at)->next_idle;
  *at = self.next_idle;
  self.is_idle = false;
  idle_count_.fetch_sub(1, sys::relaxed);
  if (time_keeper_ == &self) time_keeper_ = nullptr;
}

task_cell* thread_pool_core::take() noexcept {
  if (queued_.load(sys::relaxed) == 0) return nullptr;  // sleep() looks under the lock
  sys::lock hold(mu_);
  task_cell* const cell = ready_.pop_front();
  if (cell != nullptr) queued_.fetch_sub(1, sys::relaxed);
  return cell;
}

steal_deque::entry thread_pool_core::next(thread_pool_worker& self) noexcept {
  if (++self.turn % fair_turn != 0) {
    if (const entry e = self.forks.pop()) return e;
  }
  if (task_cell* const cell = take()) return entry_of(*cell);
  if (const entry e = self.forks.pop()) return e;
  return steal(self);
}

steal_deque::entry thread_pool_core::steal(thread_pool_worker& self) noexcept {
  self.dice ^= self.dice << 13;  // Marsaglia's xorshift
  self.dice ^= self.dice >> 17;
  self.dice ^= self.dice << 5;
  const std::size_t n = workers_.size();
  const std::size_t first = self.dice % n;
  for (std::size_t i = 0; i < n; ++i) {
    thread_pool_worker& victim = *workers_[(first + i) % n];
    if (&victim == &self || victim.forks.looks_empty()) continue;
    sys::decide(sys::operation::get, &victim);
    if (const entry e = victim.forks.steal()) {
      count_one(self.taken);
      return e;
    }
  }
  return 0;
}

bool thread_pool_core::forks_wait() const noexcept {
  for (const auto& w : workers_) {
    if (!w->forks.looks_empty()) return true;
  }
  return false;
}

void thread_pool_core::run_entry(entry e) noexcept {
  count_one(self_here().ran);
  if ((e & fork_bit) != 0) {
    reinterpret_cast<stack_fork*>(e & ~fork_bit)->run_stolen(*this);
  } else {
    reinterpret_cast<task_cell*>(e)->run();
  }
}

bool thread_pool_core::run_one() noexcept {
  thread_pool_worker& self = self_here();
  if (self.nesting >= nesting_max) return false;
  timers_.fire_due();
  const entry e = next(self);
  if (e == 0) return false;
  ++self.nesting;
  run_entry(e);
  --self.nesting;
  return true;
}

void thread_pool_core::run_worker(thread_pool_worker& self) noexcept {
  unsigned looks = 0;
  for (;;) {
    sys::decide(sys::operation::get, this);
    timers_.fire_due();
    if (const entry e = next(self)) {
      looks = 0;
      run_entry(e);
    } else if (++looks < looks_before_sleep()) {
      sys::cpu_relax();
    } else if (!sleep(self)) {
      return;
    }
  }
}

thread_pool_core::ease thread_pool_core::lie_down(thread_pool_worker& self, helping_wait* in,
                                                  time_point& limit) noexcept {
  bool keeps_time = false;
  {
    sys::lock hold(mu_);
    if (!ready_.empty()) return ease::work;
    if (stopping_) return ease::stop;
    self.next_idle = idle_;
    idle_ = &self;
    self.is_idle = true;
    self.sleeps_in = in;
    self.asleep_since = clock::now();
    idle_count_.fetch_add(1, sys::relaxed);
    if (time_keeper_ == nullptr) {
      time_keeper_ = &self;
      keeps_time = true;
    }
  }
  sys::heavy_fence();  // see notice_fork()
  if (forks_wait()) return ease::work;
  // Armed after this look: arm() finds the keeper on the list and wakes it.
  if (keeps_time) limit = std::min(limit, timers_.next());
  return ease::idle;
}

bool thread_pool_core::stand_up(thread_pool_worker& self) noexcept {
  sys::lock hold(mu_);
  const bool by_itself = self.is_idle;
  if (by_itself) leave_idle(self);
  if (self.asleep_since != time_point()) self.slept += clock::now() - self.asleep_since;
  self.asleep_since = time_point();
  return by_itself;
}

/// Idle until woken or until the next deadline. False: the pool stops.
bool thread_pool_core::sleep(thread_pool_worker& self) noexcept {
  time_point limit = time_point::max();
  const ease how = lie_down(self, nullptr, limit);
  if (how == ease::idle) self.sleeper.park_until(limit);
  stand_up(self);
  return how != ease::stop;
}

void thread_pool_core::sleep_in_join(thread_pool_worker& self, stack_fork& f) noexcept {
  if (self.nesting >= nesting_max) return self.sleeper.park();  // run_one() would refuse
  time_point limit = time_point::max();
  // A token of a former sleep may end this early: then once more.
  if (lie_down(self, nullptr, limit) == ease::idle) self.sleeper.park_until(limit);
  stand_up(self);
  if (f.is_over()) leave_to_others();
}

bool thread_pool_core::offer_help(helping_wait& w, time_point& limit) noexcept {
  thread_pool_worker& self = self_here();
  if (self.nesting >= nesting_max) return true;  // run_one() would refuse
  if (lie_down(self, &w, limit) == ease::idle) return true;
  withdraw_help(w);
  return false;
}

void thread_pool_core::withdraw_help(helping_wait& w) noexcept {
  thread_pool_worker& self = self_here();
  if (self.sleeps_in != &w) return;  // it did not offer any
  if (!stand_up(self)) w.await_work();
  self.sleeps_in = nullptr;
}

void thread_pool_core::leave_to_others() noexcept {
  const bool timed = timers_.next() != time_point::max();
  woken somebody;
  {
    sys::lock hold(mu_);
    if (!ready_.empty() || forks_wait() || (timed && time_keeper_ == nullptr)) {
      somebody = pick_idle();
    }
  }
  wake(somebody);
}

void thread_pool_core::sweep_dismissed() noexcept {
  chain<task_cell, &task_cell::next_ready> queued;
  {
    sys::lock hold(mu_);
    while (task_cell* const cell = ready_.pop_front()) queued.push_back(cell);
    queued_.store(0, sys::relaxed);
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
    if (std::exchange(stopping_, true)) return;
  }
  for (auto& w : workers_) w->sleeper.unpark();
  for (auto& w : workers_) w->thread.join();
  // pairs: thread_pool_core.wakers
  if (wakers_.fetch_sub(1, sys::acq_rel) != 1) last_waker_.park();  // woken by the last of them
}

thread_pool_core::counters thread_pool_core::count() noexcept {
  std::size_t forks = 0;
  for (const auto& w : workers_) forks += w->forks.size();
  return {idle_count_.load(sys::relaxed), queued_.load(sys::relaxed) + forks};
}

void thread_pool_core::look(worker_stats* first) noexcept {
  const sys::lock hold(mu_);
  const time_point now = clock::now();
  for (const auto& w : workers_) {
    worker_stats& out = *first++;
    out.idle = w->slept;
    if (w->asleep_since != time_point()) out.idle += now - w->asleep_since;
    out.busy = now - made_at_ - out.idle;
    out.ran = w->ran.load(sys::relaxed);
    out.taken = w->taken.load(sys::relaxed);
  }
}

}  // namespace tutti::detail
