#include <tutti/async/detail/offload.hpp>

#include <string>

#include <tutti/async/detail/io_engine.hpp>
#include <tutti/async/loop.hpp>

namespace tutti::detail {

void offload_job::waiter_is(task_cell& cell) noexcept {
  sys::lock hold(mu_);
  waiter_ = &cell;
}

bool offload_job::give_up() noexcept {
  sys::lock hold(mu_);
  if (is_done_) return false;
  waiter_ = nullptr;
  return true;
}

void offload_job::run_and_tell() noexcept {
  {
    sys::lock hold(mu_);
    if (waiter_ == nullptr) return;  // nobody waits any more: it never begins
  }
  run();
  task_cell* waiter = nullptr;
  {
    sys::lock hold(mu_);
    is_done_ = true;
    waiter = std::exchange(waiter_, nullptr);
  }
  if (waiter != nullptr) waiter->wake();
}

/// Part of helper_threads: one thread.
struct helper_threads::helper {
  sys::parker sleeper;
  sys::thread thread;
};

helper_threads::helper_threads() = default;

helper_threads::~helper_threads() {
  {
    sys::lock hold(mu_);
    is_closed_ = true;
  }
  for (const auto& h : helpers_) h->sleeper.unpark();
  for (const auto& h : helpers_) h->thread.join();
}

void helper_threads::submit(std::shared_ptr<offload_job> job) {
  helper* wake = nullptr;
  {
    sys::lock hold(mu_);
    jobs_.push_back(std::move(job));
    if (!idle_.empty()) {
      wake = idle_.back();
      idle_.pop_back();
    }
  }
  if (wake != nullptr) {
    wake->sleeper.unpark();
  } else if (helpers_.size() < threads_max) {
    start_one();
  }
}

void helper_threads::start_one() {
  helpers_.push_back(std::make_unique<helper>());
  helper& h = *helpers_.back();
  try {
    h.thread = sys::thread("tutti-io", [this, &h] { work(h); });
  } catch (...) {
    helpers_.pop_back();
    if (!helpers_.empty()) return;  // the others will come to it
    sys::lock hold(mu_);
    jobs_.pop_back();
    throw;
  }
}

void helper_threads::work(helper& self) noexcept {
  for (;;) {
    std::shared_ptr<offload_job> job;
    {
      sys::lock hold(mu_);
      if (!jobs_.empty()) {
        job = std::move(jobs_.front());
        jobs_.pop_front();
      } else if (is_closed_) {
        return;
      } else {
        idle_.push_back(&self);
      }
    }
    if (job != nullptr) {
      job->run_and_tell();
    } else {
      self.sleeper.park();  // woken by submit(), which took it from the idle ones, or by the destructor
    }
  }
}

const wait_kind offload_awaiter::job_wait::kind_of{
    "blocking call", [](wait& w) noexcept { return static_cast<job_wait&>(w).job.give_up(); }};

bool offload_awaiter::suspend(task_cell& cell, std::coroutine_handle<> h) {
  cell.checkpoint();
  wait_.emplace(cell, *job_);
  engine_of(*cell.where);  // only loops have helpers
  job_->waiter_is(cell);   // wakes: offload_job.run_and_tell
  static_cast<loop&>(*cell.where).helpers().submit(job_);
  return cell.park(*wait_, h);
}

}  // namespace tutti::detail
