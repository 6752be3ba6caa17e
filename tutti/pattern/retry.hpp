/// \file
/// A call that is made again when it fails: `retry`.
#pragma once

#include <concepts>
#include <exception>
#include <type_traits>
#include <utility>

#include <tutti/base/error.hpp>
#include <tutti/base/invoke.hpp>
#include <tutti/core/awaitable.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/sys/mutex.hpp>

TUTTI_CLOSURE_FRAMES_BEGIN

namespace tutti {

/// A brake on repetition, shared by many calls: when nearly everything fails, calling again only
/// makes it worse.
///
/// Threads:  everything from anywhere.
/// Lifetime: outlives the calls that use it.
/// Wakes:    nobody.
/// Order:    one lock guards it.
/// Cancel:   nothing to cancel.
///
/// Every first call adds `ratio` to what may be spent, every repetition spends one; at most `burst`
/// are saved up, and as many are there at the beginning. Source: Finagle's RetryBudget.
class retry_budget {
 public:
  explicit retry_budget(double ratio = 0.1, unsigned burst = 10) noexcept
      : ratio_(ratio), most_(burst), left_(burst) {}
  retry_budget(const retry_budget&) = delete;
  retry_budget& operator=(const retry_budget&) = delete;

  /// A first call is made.
  void deposit() noexcept;
  /// May a call be repeated? If so, it has been paid for.
  bool try_withdraw() noexcept;

 private:
  const double ratio_;
  const double most_;
  sys::mutex mu_;
  double left_ TUTTI_GUARDED_BY(mu_);
};

/// For `retry_options::when`: an error that `catch (const E&)` would take, for one of these.
template <class... E>
bool on_error(const std::exception_ptr& error) noexcept {
  return (detail::matches<E>(error) || ...);
}

/// Options of `retry`.
struct retry_options {
  unsigned attempts = 3;                            ///< calls at most, the first one included
  duration backoff = duration(100'000'000);         ///< the longest first pause; doubles every time
  duration backoff_max = duration(30'000'000'000);  ///< no pause is longer
  bool (*when)(const std::exception_ptr&) = nullptr;  ///< which errors; null: all of them
  duration within = duration::max();  ///< no call begins later than this after the first one
  retry_budget* budget = nullptr;     ///< shared with other calls; null: without a limit
};

namespace detail {

/// One `retry`: how often it failed, and what follows from that.
class retry_run {
 public:
  explicit retry_run(const retry_options& options);
  /// In a catch block: throws `error` on, or gives the pause before the next attempt.
  duration failed(const std::exception_ptr& error);

 private:
  const retry_options options_;
  const time_point start_;
  unsigned failures_ = 0;
};

template <class Called>
struct call_value {
  using type = Called;
};
template <awaitable Called>
struct call_value<Called> {
  using type = await_result_t<Called>;
};
/// What retry(options, f, args...) gives: what the call returns, or what awaiting that gives.
template <class F, class... Args>
using retry_result_t =
    std::remove_cvref_t<typename call_value<std::invoke_result_t<F&, const Args&...>>::type>;

template <class F, class... Args>
task<retry_result_t<F, Args...>> retry_call(retry_options options, F f, Args... args) {
  retry_run run(options);
  for (;;) {
    duration pause{};
    try {
      if constexpr (awaitable<std::invoke_result_t<F&, const Args&...>>) {
        co_return co_await detail::invoke(f, std::as_const(args)...);
      } else {
        co_return detail::invoke(f, std::as_const(args)...);
      }
    } catch (const cancelled&) {
      throw;
    } catch (...) {
      pause = run.failed(std::current_exception());
    }
    co_await sleep(pause);
  }
}

}  // namespace detail

/// Calls `fn(args...)`, a coroutine function or a plain one, until it succeeds.
///
/// Completes:  with the first success, or with the last error, as it is, when there is no further
///             attempt: too many, too late, another kind of error, or no budget.
/// Pauses:     before attempt n + 1 anything between nothing and `backoff * 2^(n-1)`, at most
///             `backoff_max` ("full jitter"), so that those who failed together do not come back
///             together.
/// Ownership:  `fn` and `args` are copied or moved in once and passed as const to every attempt.
/// Errors:     `cancelled` is never held back. `std::invalid_argument` for no attempts at all.
/// Cancel:     ends the attempt or the pause.
/// ```
/// auto page = co_await tutti::retry({.attempts = 5, .when = tutti::on_error<std::system_error>},
///                                   fetch, url);
/// ```
/// Source: M. Brooker, "Exponential Backoff and Jitter" (AWS, 2015); Python's tenacity.
template <class F, class... Args>
requires std::invocable < std::decay_t<F>
&, const std::decay_t<Args>&... >
       TUTTI_CORO_WRAPPER task<detail::retry_result_t<std::decay_t<F>, std::decay_t<Args>...>>
       retry(retry_options options, F&& fn, Args&&... args) {
  TUTTI_REFUSE_CLOSURE(F);
  return detail::retry_call<std::decay_t<F>, std::decay_t<Args>...>(options, std::forward<F>(fn),
                                                                    std::forward<Args>(args)...);
}

}  // namespace tutti

TUTTI_CLOSURE_FRAMES_END
