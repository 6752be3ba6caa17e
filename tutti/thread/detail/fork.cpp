#include <tutti/thread/detail/fork.hpp>

#include <tutti/core/hook.hpp>
#include <tutti/thread/detail/thread_pool_core.hpp>

namespace tutti::detail {

/// The task a stolen fork runs as, on the thief's stack: same scope, deadline and context as where
/// it was forked.
class stolen_fork final : public task_cell {
 public:
  stolen_fork(stack_fork& f, scheduler& on) noexcept
      : task_cell(on, f.of_.scope_, std::source_location::current()), fork_(f) {
    is_coroutine = false;
    context = f.of_.context_;
    run_scope = f.of_.run_;
    deadline_near = f.of_.deadline_;
    seen_epoch = f.of_.seen_epoch_;
  }

 private:
  void start() noexcept override {
    if (!fork_.of_.failed_.load(sys::relaxed)) {
      try {
        fork_.call_(fork_);
      } catch (...) {
        fork_.error_ = std::current_exception();
      }
    }
    finish();
  }
  void drop() noexcept override {
    fork_.error_ = std::make_exception_ptr(cancelled{});
    finish();
  }
  void finish() noexcept {
    if (fork_.error_ != nullptr) fork_.of_.failed_.store(true, sys::relaxed);
    leave();
    on_finished(*this, fork_.error_);
    mark_done();
  }
  std::coroutine_handle<> body_done() noexcept override { return std::noop_coroutine(); }

  stack_fork& fork_;
};

void stack_fork::run_stolen(thread_pool_core& pool) noexcept {
  {
    stolen_fork cell(*this, pool);
    on_created(cell);
    cell.run();
  }
  end();
}

void stack_fork::end() noexcept {
  sys::parker& sleeper = of_.sleeper_;  // a worker's: it outlives the fork
  // pairs: fork.over
  if (state_.exchange(over, sys::acq_rel) == awaited) sleeper.unpark();
}

fork_scope::fork_scope(task_cell& forking)
    : pool_(static_cast<thread_pool_core&>(*running_scheduler())),
      sleeper_(static_cast<thread_pool_worker*>(sys::current.worker)->sleeper),
      scope_(forking.scope),
      deadline_(forking.deadline_near),
      seen_epoch_(forking.seen_epoch),
      run_(forking.run_scope),
      context_(forking.context) {
  forking.checkpoint();
}

void fork_scope::fork(stack_fork& f) noexcept { f.queued_ = pool_.fork(f); }

void fork_scope::join(stack_fork& f) noexcept {
  if (!f.queued_ || pool_.join(f)) {
    if (TUTTI_UNLIKELY(failed_.load(sys::relaxed))) return;  // not started: never starts
    try {
      f.call_(f);
    } catch (...) {
      fail(std::current_exception());
    }
  } else if (TUTTI_UNLIKELY(f.error_ != nullptr)) {
    fail(std::move(f.error_));
  }
}

void fork_scope::fail(std::exception_ptr error) noexcept {
  failed_.store(true, sys::relaxed);
  if (error_ == nullptr || (is_cancellation(error_) && !is_cancellation(error))) {
    error_ = std::move(error);
  } else if (!is_cancellation(error)) {
    std::string name;
    try {
      name = current_cell().name_text();
    } catch (...) {
      name.clear();
    }
    report_unobserved(name, error);
  }
}

}  // namespace tutti::detail
