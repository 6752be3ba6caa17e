/// \file
/// The interface that every executor in this process has: submit, map, imap, shutdown.
#pragma once

#include <concepts>
#include <memory>
#include <source_location>
#include <type_traits>
#include <utility>
#include <vector>

#include <tutti/base/invoke.hpp>
#include <tutti/base/ranges.hpp>
#include <tutti/core/detail/call_map.hpp>
#include <tutti/core/detail/imap_source.hpp>
#include <tutti/core/detail/intake.hpp>
#include <tutti/core/executor_options.hpp>
#include <tutti/core/gather.hpp>
#include <tutti/core/submitted.hpp>

TUTTI_CLOSURE_FRAMES_BEGIN

namespace tutti {
namespace detail {

/// Can `f(args...)` be submitted: with or without a stop_token first, as std::jthread decides?
template <class F, class... Args>
concept submittable = std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...> ||
                      std::is_invocable_v<std::decay_t<F>, std::stop_token, std::decay_t<Args>...>;

/// The submitter's scope: cancelling it cancels what it submitted.
inline cancel_node* scope_here() noexcept {
  task_cell* const here = running_cell();
  return here != nullptr ? here->scope : nullptr;
}

/// call_coroutine for a coroutine function that takes a stop_token first.
template <class F, class... Args>
task<typename unwrap_task<std::invoke_result_t<F, std::stop_token, Args...>>::type> call_stoppable(
    F f, Args... args) {
  task_cell& self = co_await this_cell();
  co_return co_await detail::invoke(std::move(f), stop_record::of(self), std::move(args)...);
}

/// A coroutine function called with every input at once; inputs and callable live until the last
/// call ends.
template <class T, class F, class In>
task<gathered_vector<T>> map_coroutine(F f, std::vector<In> inputs) {
  std::vector<task<T>> calls;
  calls.reserve(inputs.size());
  for (In& x : inputs) calls.push_back(detail::invoke(f, std::move(x)));
  co_return co_await gather(std::move(calls));
}

}  // namespace detail

/// What `thread_pool` and `event_loop` have in common; also the type to take one of them by
/// reference.
///
/// Threads:  submit, map, imap and shutdown from anywhere.
/// Lifetime: the destructor waits for everything submitted; destroying an executor on its own
/// thread aborts. Wakes:    as futures. Order:    what happened before submit() is seen by the
/// work; what the work did by who read its future. Cancel:   cancelling the submitter's scope
/// cancels what it submitted; futures cancel one piece. Source: `concurrent.futures.Executor`.
class task_executor {
 public:
  task_executor(const task_executor&) = delete;
  task_executor& operator=(const task_executor&) = delete;

  /// Runs `f(args...)` on this executor. `f` and the arguments are copied or moved as by
  /// `std::thread` (`std::ref` to refer); `f` gets a `std::stop_token` first if it takes one. A
  /// coroutine function gives the future of its result.
  ///
  /// Completes: the future, when the call returned, threw or was cancelled. Errors: `closed` after
  /// shutdown. Cancel:    `future::cancel`: not started: never starts; a coroutine at its next
  /// wait; a callable with a
  ///            stop_token is asked; else false.
  template <class F, class... Args>
    requires detail::submittable<F, Args...>
  future<detail::work_result_t<F, Args...>> submit(F&& f, Args&&... args) {
    using namespace detail;
    using called = std::remove_cvref_t<call_result_t<F, Args...>>;
    if constexpr (is_task<called>::value) {
      if constexpr (takes_stop_token<F, Args...>) {
        return submit(call_stoppable<std::decay_t<F>, std::decay_t<Args>...>(
            std::forward<F>(f), std::forward<Args>(args)...));
      } else {
        return submit(call_coroutine<std::decay_t<F>, std::decay_t<Args>...>(
            std::forward<F>(f), std::forward<Args>(args)...));
      }
    } else {
      context_ref context = context_of_start({});
      admission in(intake_, label());
      auto cell = std::make_unique<call_task<std::decay_t<F>, std::decay_t<Args>...>>(
          scheduler_, scope_here(), nullptr, std::source_location::current(), std::forward<F>(f),
          std::forward<Args>(args)...);
      cell->belong_to(in.hand_over());
      return launch<called>(*cell.release(), std::move(context), true);
    }
  }
  /// Runs a coroutine on this executor.
  template <class T>
  future<T> submit(task<T> work, task_options options = {},
                   std::source_location site = std::source_location::current()) {
    using namespace detail;
    if (!work.valid()) throw error("a task was submitted twice, or after it was moved from");
    context_ref context = context_of_start(options);
    admission in(intake_, label());
    auto cell = std::make_unique<spawned_task<T>>(scheduler_, scope_here(), nullptr, false,
                                                  std::move(work), site);
    cell->belong_to(in.hand_over());
    return launch<T>(*cell.release(), std::move(context), true);
  }

  /// Calls `f(input)` for every input, in parallel where the executor can, and gives the results in
  /// order
  /// (`future<void>` where `f` returns nothing). Every input has been read when this returns.
  ///
  /// Errors: the first failure keeps the rest from starting, is waited out, and goes to the future;
  /// further ones go to
  ///         the unobserved-error handler. Cancel: what has not started never does. Source:
  ///         `Executor.map`.
  template <class F, std::ranges::input_range Inputs>
    requires detail::submittable<F, std::ranges::range_value_t<Inputs>>
  auto map(F&& f, Inputs&& inputs, map_options options = {}) {
    using namespace detail;
    using input = std::ranges::range_value_t<Inputs>;
    using called = std::remove_cvref_t<call_result_t<F, input>>;
    std::vector<input> all = read_all(std::forward<Inputs>(inputs));
    if constexpr (is_task<called>::value) {
      return submit(map_coroutine<typename called::value_type, std::decay_t<F>, input>(
          std::forward<F>(f), std::move(all)));
    } else {
      admission in(intake_, label());
      return call_map<called, std::decay_t<F>, input>::start(scheduler_, scope_here(), in,
                                                             std::forward<F>(f), std::move(all),
                                                             chunk_for(all.size(), options.chunk));
    }
  }

  /// As map, but gives the results one by one, in order, while the work goes on; inputs are taken
  /// by value (views stay views) and read a bounded number ahead. The executor outlives the stream.
  /// Source: `Pool.imap`.
  template <class F, std::ranges::input_range Inputs>
    requires detail::submittable<F, std::ranges::range_value_t<Inputs>>
  auto imap(F&& f, Inputs&& inputs, map_options options = {}) {
    return make_stream(std::forward<F>(f), std::forward<Inputs>(inputs), options, true);
  }
  /// The same in the order in which the results are ready. Source: `Pool.imap_unordered`.
  template <class F, std::ranges::input_range Inputs>
    requires detail::submittable<F, std::ranges::range_value_t<Inputs>>
  auto imap_unordered(F&& f, Inputs&& inputs, map_options options = {}) {
    return make_stream(std::forward<F>(f), std::forward<Inputs>(inputs), options, false);
  }

  /// No more work is taken (`closed`); returns when what was submitted is done and the threads have
  /// ended. Again: waits likewise. Errors: `blocking_call` on a loop; `deadlock` in work that runs
  /// here.
  void shutdown(shutdown_options options = {});
  /// The same, awaited. A cancelled wait leaves the shutdown under way.
  task<void> async_shutdown(shutdown_options options = {});

  /// For `on` and extenders: where tasks of this executor run.
  detail::scheduler& scheduler_ref() noexcept { return scheduler_; }
  /// For `on`: keeps the executor open while it exists; throws `closed` after shutdown.
  detail::admission hold_open() { return detail::admission(intake_, label()); }

 protected:
  /// `width`: how many pieces of work can run at once.
  task_executor(detail::scheduler& where, unsigned width) : scheduler_(where), width_(width) {}
  virtual ~task_executor() = default;
  /// For the destructor of what derives: shutdown() that cannot fail.
  void end() noexcept;
  detail::intake& door() noexcept { return intake_; }

 private:
  /// After the first close: what must happen before `quiet()`.
  virtual void wind_down() {}
  /// Done when nothing can run here any more.
  virtual shared_future<void> quiet() { return intake_.empty(); }
  /// Cancelled pending work may lie in queues: lets it end without waiting for a thread.
  virtual void sweep() noexcept {}
  /// Ends and joins the threads. Called once, when all is quiet.
  virtual void stop() noexcept = 0;

  template <class F, class Inputs>
  auto make_stream(F&& f, Inputs&& inputs, map_options options, bool ordered) {
    using kept = std::remove_cvref_t<Inputs>;
    using source = detail::imap_source<task_executor, std::decay_t<F>, kept>;
    using item =
        detail::regular<detail::work_result_t<std::decay_t<F>, std::ranges::range_value_t<kept>>>;
    return stream<item>(std::make_unique<source>(
        *this, std::forward<F>(f), kept(std::forward<Inputs>(inputs)),
        options.chunk != 0 ? options.chunk : std::size_t{1}, std::size_t{4} * width_, ordered));
  }

  const char* label() const noexcept { return scheduler_.label(); }
  void begin_shutdown(shutdown_options options);
  void refuse_own_thread() const;
  std::size_t chunk_for(std::size_t inputs, std::size_t wished) const noexcept;
  template <class Inputs>
  static std::vector<std::ranges::range_value_t<Inputs>> read_all(Inputs&& inputs) {
    std::vector<std::ranges::range_value_t<Inputs>> all;
    if constexpr (std::ranges::sized_range<Inputs>) {
      all.reserve(static_cast<std::size_t>(std::ranges::size(inputs)));
    }
    for (auto&& x : inputs) all.emplace_back(std::forward<decltype(x)>(x));
    return all;
  }

  detail::scheduler& scheduler_;
  unsigned width_;
  detail::intake intake_;
  promise<void> set_ended_;
  shared_future<void> ended_ = set_ended_.get_future().share();
  sys::atomic<bool> stopping_{false};
};

}  // namespace tutti

TUTTI_CLOSURE_FRAMES_END
