/// \file
/// One handler, many jobs, a few at a time: `worker_pool`.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <tutti/pattern/detail/shared_handler.hpp>
#include <tutti/pattern/detail/worker_pool_core.hpp>

TUTTI_CLOSURE_FRAMES_BEGIN

namespace tutti {

/// Options of a `worker_pool`.
struct worker_pool_options {
  std::size_t queue = 0;  ///< jobs that may wait for a worker; 0: twice as many as workers
};

/// What a worker pool does; a moment's picture, for people.
using worker_pool_statistics = detail::worker_pool_core::statistics;

namespace detail {

/// One job on its way through a pool.
///
/// Threads:  start() by the pool, once; cancel() from anywhere.
/// Lifetime: counted: by the pool while it waits, then by the work itself.
/// Wakes:    whoever waits for its future.
/// Order:    as promise.
/// Cancel:   not started: it never is. Started: what cancelling the executor's future does.
template <class Job, class Result>
class pooled_work final : public queued_work,
                          public std::enable_shared_from_this<pooled_work<Job, Result>> {
 public:
  using starter = function<future<Result>(Job&&)>;
  pooled_work(std::shared_ptr<starter> how, Job&& job) : how_(std::move(how)) {
    job_.emplace(std::move(job));
  }

  ~pooled_work() override {
    // It never got in, which its submitter was told by other means.
    // pairs: pooled_work.state
    if (unread_ != nullptr && state_.load(sys::acquire) == waiting) unread_->mark_observed();
  }

  future<Result> get_future() {
    answer_.on_cancel([self = this->weak_from_this()] {
      if (const auto here = self.lock()) here->cancel();
    });
    future<Result> answer = answer_.get_future();
    unread_ = answer.state();
    return answer;
  }

 private:
  enum : unsigned char { waiting, starting, running, over };

  void start(std::shared_ptr<worker_pool_core> pool) noexcept override {
    unsigned char was = waiting;
    // pairs: pooled_work.state
    if (!state_.compare_exchange(was, starting, sys::acq_rel, sys::acquire)) {
      pool->finished();
      return;
    }
    try {
      inner_ = (*how_)(std::move(*job_));
      job_.reset();
    } catch (...) {
      answer_.set_exception(std::current_exception());
      pool->finished();
      return;
    }
    // Either cancel() sees that it runs, or this sees that it was asked for.
    state_.store(running, sys::seq_cst);  // pairs: pooled_work.asked
    if (asked_.load(sys::seq_cst)) (void)inner_.cancel();
    inner_.on_done([self = this->shared_from_this(), pool](const outcome<Result>&) {
      self->complete();
      pool->finished();
    });
  }

  void complete() noexcept {
    outcome<Result>& o = inner_.state()->result;
    if (inner_.state()->was_cancelled()) {
      answer_.set_exception(cancelled_error(cancel_reason::explicit_request));
    } else if (!o.has_value()) {
      answer_.set_exception(o.exception());
    } else if constexpr (std::is_void_v<Result>) {
      answer_.set_value();
    } else {
      answer_.set_value(*std::move(o));
    }
  }

  void cancel() noexcept {
    asked_.store(true, sys::seq_cst);  // pairs: pooled_work.asked
    unsigned char was = waiting;
    // pairs: pooled_work.state
    if (state_.compare_exchange(was, over, sys::seq_cst, sys::seq_cst)) {
      const promise<Result> given_up(std::move(answer_));  // completes as cancelled
      job_.reset();
    } else if (was == running) {
      (void)inner_.cancel();
    }
  }

  const std::shared_ptr<starter> how_;
  future_state<Result>* unread_ = nullptr;  // fixed at the start; lives as long as the promise
  std::optional<Job> job_;                  // owner: who moved the state on from waiting
  promise<Result> answer_;                  // owner: as job_, then the work
  future<Result> inner_;                    // fixed before running
  sys::atomic<unsigned char> state_{waiting};
  sys::atomic<bool> asked_{false};
};

}  // namespace detail

/// At most `n` calls of one handler at a time, on any executor, with a bounded queue before them.
///
/// Threads:  everything from threads and tasks, in any mix.
/// Lifetime: the destructor waits for every job, on a loop by blocking it: drain first. The
///           executor outlives the pool.
/// Wakes:    a place that becomes free wakes who waits longest to submit.
/// Order:    jobs start in the order of submission; what happened before submit() is seen by the
///           handler.
/// Cancel:   cancelling a job's future: not started: it never starts; else the executor is asked as
///           its own futures ask it. A job belongs to the pool, not to its submitter's scope.
///
/// `submit` waits while the queue is full, so who makes jobs is no faster than who does them; as
/// long as jobs wait, no worker is idle. The handler is a callable or a coroutine function of one
/// job; it is shared by all jobs, and by a process pool copied. What it throws goes to its job's
/// future. Each handler's call sees the context of its submitter.
/// ```
/// tutti::worker_pool<std::string, page> workers{pool, 4, fetch, {.queue = 100}};
/// tutti::future<page> p = co_await workers.async_submit(url);
/// co_await workers.async_drain();
/// ```
/// Source: the worker-pool pattern; Go's `for j := range jobs`.
template <class Job, class Result>
class worker_pool {
  static_assert(std::is_object_v<Job>, "a worker_pool's jobs are values");

 public:
  template <class Executor, std::integral N, class F>
  worker_pool(Executor& executor, N workers, F&& handler, worker_pool_options options = {})
      : core_(detail::worker_pool_core::make(
            std::cmp_greater(workers, 0) ? static_cast<std::size_t>(workers) : 0, options.queue)),
        how_(std::make_shared<typename work::starter>(
            [&executor, call = std::decay_t<F>(std::forward<F>(handler))](Job&& job) mutable {
              return executor.submit(detail::for_one_call(call), std::move(job));
            })) {}
  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;
  ~worker_pool() { core_->end(); }

  /// Hands a job in; waits while the queue is full. Errors: `blocking_call` on a loop then.
  future<Result> submit(Job job) {
    auto made = std::make_shared<work>(how_, std::move(job));
    future<Result> answer = made->get_future();
    core_->enter(std::move(made));
    return answer;
  }
  /// Hands it in if there is room now.
  std::optional<future<Result>> try_submit(Job job) {
    auto made = std::make_shared<work>(how_, std::move(job));
    future<Result> answer = made->get_future();
    if (!core_->try_enter(std::move(made))) return std::nullopt;
    return answer;
  }
  /// Awaits room and hands it in. Cancel: then it is not in.
  TUTTI_CORO_WRAPPER task<future<Result>> async_submit(Job job) {
    return enter_and_answer(core_, std::make_shared<work>(how_, std::move(job)));
  }

  /// Waits until everything submitted so far is done, whoever submitted it.
  void drain() { core_->drain(); }
  auto async_drain() noexcept { return core_->async_drain(); }

  worker_pool_statistics statistics() const noexcept { return core_->look(); }

 private:
  using work = detail::pooled_work<Job, Result>;
  static task<future<Result>> enter_and_answer(std::shared_ptr<detail::worker_pool_core> core,
                                               std::shared_ptr<work> made) {
    future<Result> answer = made->get_future();
    co_await core->async_enter(made);
    core->entered();
    co_return answer;
  }

  const std::shared_ptr<detail::worker_pool_core> core_;
  const std::shared_ptr<typename work::starter> how_;
};

}  // namespace tutti

TUTTI_CLOSURE_FRAMES_END
