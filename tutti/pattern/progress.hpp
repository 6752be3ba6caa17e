/// \file
/// How far a long job is: `progress`.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <tutti/base/invoke.hpp>
#include <tutti/base/time.hpp>
#include <tutti/core/task.hpp>
#include <tutti/pattern/detail/pipeline_body.hpp>
#include <tutti/sys/mutex.hpp>

namespace tutti {

class progress;

/// Options of a `progress`.
struct progress_options {
  std::size_t total = 0;    ///< how many there will be; 0: unknown
  std::FILE* to = nullptr;  ///< null: standard error
};

namespace detail {

/// A callable that counts as one step when it is done; for coroutine functions, when they are.
template <class F>
class watched {
 public:
  watched(progress& p, F&& f) : to_(&p), f_(std::move(f)) {}
  template <class... Args>
  requires std::invocable<F&, Args...>
  TUTTI_CORO_WRAPPER auto operator()(Args&&... args);

 private:
  template <class R, class... Args>
  static task<R> await_one(progress& to, F& f, Args... args);
  progress* to_;
  F f_;
};

}  // namespace detail

/// Shows how far a long job is: a bar on a terminal, elsewhere a line at every tenth.
///
/// Threads:  everything from anywhere.
/// Lifetime: outlives what it watches; the destructor draws the end.
/// Wakes:    nobody.
/// Order:    counts never go back; two threads never draw at once.
/// Cancel:   nothing to cancel.
///
/// A terminal is drawn at most ten times a second. Without a total there are lines at 1, 2, 4, ….
/// ```
/// tutti::progress bar{"fetch", {.total = urls.size()}};
/// auto pages = co_await tutti::map(urls, 8, bar.watch(fetch));      // also for_each
/// tutti::parallel_for(pool, 0, n, bar.watch(crunch));
/// p.on_progress(bar.observer());                                    // a pipeline
/// ```
/// Source: tqdm.
class progress {
 public:
  explicit progress(std::string_view label, progress_options options = {});
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// So many more are done.
  void advance(std::size_t steps = 1) noexcept;
  /// So many are done by now; a smaller number than before changes nothing.
  void reach(std::size_t done) noexcept;
  std::size_t done() const noexcept { return done_.load(sys::relaxed); }

  /// `fn`, which counts every call that returns (or coroutine that ends) without an error.
  template <class F>
  detail::watched<std::decay_t<F>> watch(F&& fn) {
    return detail::watched<std::decay_t<F>>(*this, std::decay_t<F>(std::forward<F>(fn)));
  }
  /// For `pipeline::on_progress`.
  auto observer() noexcept {
    return [this](const pipeline_progress& reached) { reach(reached.done()); };
  }

 private:
  void look(std::size_t before, std::size_t reached) noexcept;
  void draw(std::size_t reached, bool last) noexcept;
  std::size_t mark(std::size_t done) const noexcept;

  const std::string label_;
  const std::size_t total_;
  std::FILE* const to_;
  const int columns_;  ///< of the terminal; 0: it is none
  const time_point start_;
  sys::atomic<std::size_t> done_{0};
  sys::mutex mu_;
  time_point drawn_ TUTTI_GUARDED_BY(mu_);
  std::size_t shown_ TUTTI_GUARDED_BY(mu_) = 0;
};

template <class F>
template <class... Args>
requires std::invocable<F&, Args...>
auto detail::watched<F>::operator()(Args&&... args) {
  using called = std::invoke_result_t<F&, Args...>;
  if constexpr (is_task<std::remove_cvref_t<called>>::value) {
    return await_one<typename std::remove_cvref_t<called>::value_type, Args...>(
        *to_, f_, std::forward<Args>(args)...);
  } else if constexpr (std::is_void_v<called>) {
    detail::invoke(f_, std::forward<Args>(args)...);
    to_->advance();
  } else {
    std::remove_cvref_t<called> made = detail::invoke(f_, std::forward<Args>(args)...);
    to_->advance();
    return made;
  }
}

template <class F>
template <class R, class... Args>
task<R> detail::watched<F>::await_one(progress& to, F& f, Args... args) {
  if constexpr (std::is_void_v<R>) {
    co_await detail::invoke(f, std::forward<Args>(args)...);
    to.advance();
  } else {
    R made = co_await detail::invoke(f, std::forward<Args>(args)...);
    to.advance();
    co_return made;
  }
}

}  // namespace tutti
