#include <tutti/thread/detail/piecework.hpp>

#include <algorithm>

#include <tutti/core/hook.hpp>
#include <tutti/core/scope_guard.hpp>
#include <tutti/sys/world.hpp>
#include <tutti/thread/detail/fork.hpp>
#include <tutti/thread/thread_pool.hpp>

namespace tutti::detail {

piecework_share::piecework_share(piecework& of, scheduler& on, cancel_node* parent) noexcept
    : task_cell(on, parent, std::source_location::current()), of_(of) {
  is_coroutine = false;
}

void piecework_share::give_back() noexcept {
  leave();
  mark_done();
  on_finished(*this, nullptr);
  of_.release();
}

void piecework_share::start() noexcept {
  of_.work(*this);
  give_back();
}

void piecework_share::drop() noexcept { give_back(); }

void piecework::call_helpers(scheduler& on, std::size_t helpers) {
  shares_ = std::make_unique<std::optional<piecework_share>[]>(helpers);
  share_count_ = helpers;
  task_cell* const here = running_cell();
  for (std::size_t i = 0; i < helpers; ++i) {
    piecework_share& share = shares_[i].emplace(*this, on, here != nullptr ? here->scope : nullptr);
    if (here != nullptr) share.inherit(*here);
    if (share.parent() != nullptr) {
      share.mark_unowned();
      share.link();
    }
    on_created(share);
    retain();
  }
  for (std::size_t i = 0; i < helpers; ++i) on.schedule(*shares_[i]);
}

void piecework::work(task_cell& self) noexcept {
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

void piecework::failed(task_cell& self, std::exception_ptr error) noexcept {
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

/// Claims all that is left, so that nobody else does it. Pieces under way end by themselves, and
/// refer to the frame of who awaits them: the answer is always "wait for the end".
bool piecework::cancel_work(cancel_reason) noexcept {
  std::size_t from = next_.load(sys::relaxed);
  do {
    if (from >= pieces_) return true;
  } while (!next_.compare_exchange(from, pieces_, sys::relaxed, sys::relaxed));
  incomplete_.store(true, sys::relaxed);
  over(pieces_ - from);
  return true;
}

void piecework::over(std::size_t pieces) noexcept {
  // acq_rel: results, failure and `incomplete_` before the count. pairs: piecework.left
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

namespace {

/// One parallel loop on a worker.
///
/// Threads:  everyone who has taken a part of it.
/// Lifetime: on the stack of the worker that began it, which joins every part.
/// Wakes:    nobody.
/// Order:    the flag is a hint: who misses it does a piece more.
/// Cancel:   pieces look at their scope before they start.
struct forked_loop {
  piecework::piece_fn fn;
  sys::atomic<bool> failed{false};  ///< pieces that have not started never will

  /// Pieces from `first` to before `last`: half of them is forked, again and again.
  void run(std::size_t first, std::size_t last);
  void run_piece(std::size_t piece);
};

class half_of_loop final : public stack_fork {
 public:
  half_of_loop(fork_scope& of, forked_loop& loop, std::size_t first, std::size_t last) noexcept
      : stack_fork(of,
                   [](stack_fork& self) {
                     auto& me = static_cast<half_of_loop&>(self);
                     me.loop_.run(me.first_, me.last_);
                   }),
        loop_(loop),
        first_(first),
        last_(last) {}

 private:
  forked_loop& loop_;
  std::size_t first_;
  std::size_t last_;
};

void forked_loop::run(std::size_t first, std::size_t last) {
  if (last - first == 1) return run_piece(first);
  const std::size_t middle = first + (last - first + 1) / 2;
  fork_scope scope(current_cell());
  half_of_loop right(scope, *this, middle, last);
  scope.fork(right);
  scope.run([&] { run(first, middle); });
  scope.join(right);
  scope.rethrow();
}

void forked_loop::run_piece(std::size_t piece) {
  if (failed.load(sys::relaxed)) return;
  try {
    current_cell().checkpoint();
    fn(piece);
  } catch (...) {
    failed.store(true, sys::relaxed);
    throw;
  }
}

}  // namespace

void run_pieces(thread_pool& pool, const char* operation, std::size_t pieces,
                piecework::piece_fn fn) {
  require_blocking_allowed(operation, "the awaited form, co_await async_parallel_…()");
  task_cell& self = current_cell();
  self.checkpoint();
  if (pieces == 0) return;
  scheduler& where = pool.scheduler_ref();
  if (where.runs_here()) {
    forked_loop loop{fn};
    loop.run(0, pieces);
    return;
  }
  shared_state<piecework> job(new piecework(pool.hold_open(), fn, pieces));
  job->call_helpers(where, std::min<std::size_t>(pieces, pool.size()));
  sys::decide(sys::operation::wait, job.get());
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

future<void> start_pieces(thread_pool& pool, std::size_t pieces, piecework::piece_fn fn) {
  auto* const job = new piecework(pool.hold_open(), fn, pieces);
  future<void> out = future<void>::adopt(job);
  job->call_helpers(pool.scheduler_ref(), std::min<std::size_t>(pieces, pool.size()));
  return out;
}

}  // namespace tutti::detail
