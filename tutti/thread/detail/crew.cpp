#include <tutti/thread/detail/crew.hpp>

#include <algorithm>

#include <tutti/core/hook.hpp>
#include <tutti/core/scope_guard.hpp>
#include <tutti/sys/world.hpp>
#include <tutti/thread/thread_pool.hpp>

namespace tutti::detail {

crew_hand::crew_hand(crew& of, scheduler& on, cancel_node* parent) noexcept
    : task_cell(on, parent, std::source_location::current()), of_(of) {
  is_coroutine = false;
}

void crew_hand::give_back() noexcept {
  leave();
  mark_done();
  on_finished(*this, nullptr);
  of_.release();
}

void crew_hand::start() noexcept {
  of_.work(*this);
  give_back();
}

void crew_hand::drop() noexcept { give_back(); }

void crew::call_hands(scheduler& on, std::size_t hands) {
  hands_ = std::make_unique<std::optional<crew_hand>[]>(hands);
  hand_count_ = hands;
  task_cell* const here = running_cell();
  for (std::size_t i = 0; i < hands; ++i) {
    crew_hand& hand = hands_[i].emplace(*this, on, here != nullptr ? here->scope : nullptr);
    if (here != nullptr) hand.inherit(*here);
    if (hand.parent() != nullptr) {
      hand.mark_unowned();
      hand.link();
    }
    on_created(hand);
    retain();
  }
  for (std::size_t i = 0; i < hands; ++i) on.schedule(*hands_[i]);
}

void crew::work(task_cell& self) noexcept {
  for (;;) {
    const std::size_t piece = next_.fetch_add(1, sys::relaxed);
    if (piece >= pieces_) return;
    if (self.pending_cancel() != cancel_reason::none) {
      cancel_work(cancel_reason::explicit_request);
      incomplete_.store(true, sys::relaxed);
    } else {
      try {
        fn_(piece);
      } catch (...) {
        failed(self, std::current_exception());
      }
    }
    over(1);
  }
}

void crew::failed(task_cell& self, std::exception_ptr error) noexcept {
  incomplete_.store(true, sys::relaxed);
  if (is_cancellation(error)) {
    cancel_work(cancel_reason::explicit_request);
    return;
  }
  if (decided_.exchange(true, sys::relaxed)) {
    std::string name;
    try {
      name = self.name_text();
    } catch (...) {
      name.clear();
    }
    report_unobserved(name, error);
    return;
  }
  failure_ = std::move(error);
  cancel_work(cancel_reason::sibling_failed);
}

/// Claims all that is left, so that nobody else does it. Pieces under way end by themselves.
bool crew::cancel_work(cancel_reason) noexcept {
  std::size_t from = next_.load(sys::relaxed);
  do {
    if (from >= pieces_) return false;
  } while (!next_.compare_exchange(from, pieces_, sys::relaxed, sys::relaxed));
  incomplete_.store(true, sys::relaxed);
  over(pieces_ - from);
  return true;
}

void crew::over(std::size_t pieces) noexcept {
  // acq_rel: results, failure and `incomplete_` before the count. pairs: crew.left
  if (left_.fetch_sub(pieces, sys::acq_rel) != pieces) return;
  intake& door = open_.hand_over();
  if (failure_) {
    finish(outcome<void>::failure(std::move(failure_)));
  } else if (incomplete_.load(sys::relaxed)) {
    finish(outcome<void>::failure(std::make_exception_ptr(cancelled{})));
  } else {
    outcome<void> done;
    done.emplace();
    finish(std::move(done));
  }
  door.child_done();
}

void run_crew(thread_pool& pool, const char* operation, std::size_t pieces, crew::piece_fn fn) {
  require_blocking_allowed(operation, "the awaited form, co_await async_parallel_…()");
  task_cell& self = current_cell();
  self.checkpoint();
  if (pieces == 0) return;
  scheduler& where = pool.scheduler_ref();
  const bool works = where.runs_here();
  shared_state<crew> job(new crew(pool.hold_open(), fn, pieces));
  job->call_hands(where, std::min<std::size_t>(pieces - (works ? 1 : 0), pool.size()));
  sys::decide(sys::operation::wait, job.get());
  if (works) job->work(self);
  try {
    job->block_until_done(time_point::max());
  } catch (const cancelled&) {
    job->cancel_work(cancel_reason::explicit_request);
    // What runs refers to the caller's frame: it is waited for in any case.
    cancel_node node(cancel_node::kind::shield, self.scope);
    entered_scope inside(self, node, time_point::max());
    job->block_until_done(time_point::max());
  }
  job->mark_observed();
  if (job->was_cancelled()) self.checkpoint();
  job->result.value();
}

future<void> start_crew(thread_pool& pool, std::size_t pieces, crew::piece_fn fn) {
  auto* const job = new crew(pool.hold_open(), fn, pieces);
  future<void> out = future<void>::adopt(job);
  job->call_hands(pool.scheduler_ref(), std::min<std::size_t>(pieces, pool.size()));
  return out;
}

}  // namespace tutti::detail
