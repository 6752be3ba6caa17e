#include <tutti/async/detail/offload.hpp>

#include <string>

#include <tutti/async/detail/io_engine.hpp>
#include <tutti/async/loop.hpp>

namespace tutti::detail {

void offload_call::waiter_is(task_cell& cell) noexcept {
  sys::lock hold(mu_);
  waiter_ = &cell;
}

bool offload_call::give_up() noexcept {
  sys::lock hold(mu_);
  if (is_done_ || stays) return false;
  waiter_ = nullptr;
  return true;
}

void offload_call::run_and_tell() noexcept {
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

/// Threads:  parks itself; unparked by submit() and the destructor.
/// Lifetime: that of offload_threads.
/// Wakes:    as parker.
/// Order:    as parker.
/// Cancel:   ends with offload_threads.
struct offload_threads::worker {
  sys::parker sleeper;
  sys::thread thread;
};

offload_threads::offload_threads() = default;

offload_threads::~offload_threads() {
  {
    sys::lock hold(mu_);
    is_closed_ = true;
  }
  for (const auto& h : workers_) h->sleeper.unpark();
  for (const auto& h : workers_) h->thread.join();
}

void offload_threads::submit(std::shared_ptr<offload_call> call) {
  worker* wake = nullptr;
  {
    sys::lock hold(mu_);
    calls_.push_back(std::move(call));
    if (!idle_.empty()) {
      wake = idle_.back();
      idle_.pop_back();
    }
  }
  if (wake != nullptr) {
    wake->sleeper.unpark();
  } else if (workers_.size() < threads_max) {
    start_one();
  }
}

void offload_threads::start_one() {
  const std::size_t before = workers_.size();
  try {
    {
      sys::lock hold(mu_);
      idle_.reserve(before + 1);  // a worker that goes idle finds its place
    }
    worker& h = *workers_.emplace_back(std::make_unique<worker>());
    h.thread = sys::thread("tutti-io", [this, &h] { work(h); });
  } catch (...) {
    workers_.resize(before);
    if (!workers_.empty()) return;  // the others will come to it
    sys::lock hold(mu_);
    calls_.pop_back();
    throw;
  }
}

void offload_threads::work(worker& self) noexcept {
  for (;;) {
    std::shared_ptr<offload_call> call;
    {
      sys::lock hold(mu_);
      if (!calls_.empty()) {
        call = std::move(calls_.front());
        calls_.pop_front();
      } else if (is_closed_) {
        return;
      } else {
        idle_.push_back(&self);
      }
    }
    if (call != nullptr) {
      call->run_and_tell();
    } else {
      self.sleeper
          .park();  // woken by submit(), which took it from the idle ones, or by the destructor
    }
  }
}

const wait_kind offload_awaiter::call_wait::kind_of{
    "blocking call", [](wait& w) noexcept { return static_cast<call_wait&>(w).call.give_up(); }};

bool offload_awaiter::suspend(task_cell& cell, std::coroutine_handle<> h) {
  cell.checkpoint();
  wait_.emplace(cell, *call_);
  engine_of(*cell.where);  // only loops have side threads
  call_->waiter_is(cell);  // wakes: offload_call.run_and_tell
  static_cast<loop&>(*cell.where).offloads().submit(call_);
  return cell.park(*wait_, h);
}

}  // namespace tutti::detail
