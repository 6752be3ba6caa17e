#include <tutti/core/future.hpp>

#include <tutti/core/detail/wait_watch.hpp>

namespace tutti::detail {
namespace {

/// Before the wait. Throws deadlock if it closed a ring of tasks, threads and locks.
void say_that_it_waits(task_cell& who, const future_base& f) {
  if (const std::uint64_t whom = producer_to_watch(f); TUTTI_UNLIKELY(whom != 0)) {
    watch_of_waits()->waits_for(who, whom);
  }
}
void say_that_it_is_over(task_cell& who) noexcept {
  if (const wait_watch* const watch = watch_of_waits(); TUTTI_UNLIKELY(watch != nullptr)) {
    watch->over(who);
  }
}

}  // namespace

/// The abort function of an awaited future. Cancelling the work is a request: its end will wake us,
/// so it is "too late" to leave; only work that cannot be stopped is left behind.
struct future_abort {
  static bool abort(wait& w) noexcept {
    auto& self = static_cast<future_wait&>(w);
    if (self.rule_ == future_wait::on_cancel::cancel_work &&
        (self.future.cancel_work(cancel_reason::explicit_request) || self.future.done())) {
      return false;
    }
    if (!self.future.remove(self)) return false;
    say_that_it_is_over(*self.cell);  // now, not when it runs again: it holds up nobody
    return true;
  }
};

const wait_kind future_wait::kind_of{"future", &future_abort::abort};

bool future_wait::suspend(std::coroutine_handle<> h) {
  task_cell& c = *cell;
  if (const cancel_reason why = c.pending_cancel(); TUTTI_UNLIKELY(why != cancel_reason::none)) {
    // Cancelled before it waited: the work is asked to stop all the same, and waited for if it can
    // be.
    if (rule_ == on_cancel::leave || future.done() || !future.cancel_work(why))
      throw cancelled{why};
  }
  if (!future.done()) future.refuse_own_result(c);
  say_that_it_waits(c, future);
  if (!future.add(*this)) return false;
  return c.park(*this, h);
}

void future_wait::settle() const {
  say_that_it_is_over(*cell);
  check();
  if (!future.was_cancelled()) return;
  // The work was cancelled. If that was because we were, this is our own cancellation passing
  // through.
  if (const cancel_reason why = cell->pending_cancel(); why != cancel_reason::none)
    throw cancelled{why};
}

void require_valid(const void* state) {
  if (TUTTI_UNLIKELY(state == nullptr)) {
    throw error(
        "this future is empty: it was default-constructed, moved from, or its result was taken "
        "already");
  }
}

void require_get_allowed() { require_blocking_allowed("future::get()", "co_await std::move(f)"); }

time_point deadline_after(duration d) noexcept {
  return d == duration::max() ? time_point::max() : saturating_add(clock::now(), d);
}

bool promise_hooks::request() noexcept {
  sys::reach_further();
  function<void()> call;
  {
    sys::lock hold(mu_);
    if (requested_.load(sys::relaxed)) return true;
    requested_.store(true, sys::release);  // pairs: promise.requested
    call = std::move(on_cancel_);
  }
  if (call) call();
  return true;
}

void promise_hooks::listen(function<void()> fn) {
  {
    sys::lock hold(mu_);
    if (!requested_.load(sys::relaxed)) {
      std::swap(on_cancel_, fn);
      return;
    }
  }
  fn();
}

void throw_promise_set_twice() { throw error("a promise was set twice"); }
void throw_future_taken() { throw error("the future of this promise was taken already"); }

}  // namespace tutti::detail
