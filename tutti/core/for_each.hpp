/// \file
/// A coroutine for every element, a bounded number of them at once: `for_each` and `map`.
#pragma once

#include <concepts>
#include <cstddef>
#include <deque>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include <tutti/base/invoke.hpp>
#include <tutti/base/ranges.hpp>
#include <tutti/core/gather.hpp>
#include <tutti/sys/mutex.hpp>

TUTTI_CLOSURE_FRAMES_BEGIN

namespace tutti {
namespace detail {

/// The elements of a range, handed out one by one.
///
/// Threads:  take() from every worker of the call, also in parallel on a pool.
/// Lifetime: in the frame of for_each or map, which outlives its workers.
/// Wakes:    nobody.
/// Order:    elements are taken in the order of the range.
/// Cancel:   nothing to cancel.
template <class Range>
class element_source {
 public:
  using iterator = std::ranges::iterator_t<Range>;
  using reference = std::ranges::range_reference_t<Range>;
  /// An element that lies in the range is passed by reference; one that is made on reading, or that
  /// the next reading would overwrite, is kept by its worker.
  static constexpr bool stays = std::is_reference_v<reference> && std::ranges::forward_range<Range>;
  using element =
      std::conditional_t<stays, std::add_pointer_t<reference>, std::ranges::range_value_t<Range>>;

  explicit element_source(Range& range)
      : at_(std::ranges::begin(range)), end_(std::ranges::end(range)) {}

  /// The next one with its number; empty at the end.
  std::optional<std::pair<std::size_t, element>> take() {
    sys::lock hold(mu_);
    if (at_ == end_) return std::nullopt;
    std::optional<std::pair<std::size_t, element>> out;
    if constexpr (stays) {
      out.emplace(taken_, &*at_);
    } else {
      out.emplace(taken_, *at_);
    }
    ++taken_;
    ++at_;
    return out;
  }

 private:
  sys::mutex mu_;
  iterator at_ TUTTI_GUARDED_BY(mu_);
  std::ranges::sentinel_t<Range> end_ TUTTI_GUARDED_BY(mu_);
  std::size_t taken_ TUTTI_GUARDED_BY(mu_) = 0;
};

template <class Element>
decltype(auto) element_of(Element& e) noexcept {
  if constexpr (std::is_pointer_v<Element>) {
    return *e;
  } else {
    return std::move(e);
  }
}
template <class Range, class F>
using each_result_t = std::remove_cvref_t<decltype(detail::invoke(
    std::declval<F&>(),
    detail::element_of(std::declval<typename element_source<Range>::element&>())))>;

template <class Source, class F>
task<> visit_elements(Source& source, F& f) {
  while (auto next = source.take()) co_await detail::invoke(f, element_of(next->second));
}

template <class Range, class F>
task<> visit_all(Range range, std::size_t concurrency, F f) {
  element_source<Range> source(range);
  std::vector<task<>> workers;
  for (std::size_t i = 0; i < concurrency; ++i) workers.push_back(visit_elements(source, f));
  co_await gather(std::move(workers));
}

/// Results by number, written by several workers.
///
/// Threads:  put() from every worker; take() after the last of them.
/// Lifetime: in the frame of map.
/// Wakes:    nobody.
/// Order:    that of the numbers.
/// Cancel:   nothing to cancel.
template <class R>
class numbered_results {
 public:
  void put(std::size_t number, R&& result) {
    sys::lock hold(mu_);
    if (slots_.size() <= number) slots_.resize(number + 1);
    slots_[number].emplace(std::move(result));
  }
  std::vector<R> take() {
    sys::lock hold(mu_);
    std::vector<R> out;
    out.reserve(slots_.size());
    for (std::optional<R>& slot : slots_) out.push_back(*std::move(slot));
    return out;
  }

 private:
  sys::mutex mu_;
  std::deque<std::optional<R>> slots_ TUTTI_GUARDED_BY(mu_);
};

template <class Source, class F, class R>
task<> map_elements(Source& source, F& f, numbered_results<R>& results) {
  while (auto next = source.take())
    results.put(next->first, co_await detail::invoke(f, element_of(next->second)));
}

template <class R, class Range, class F>
task<std::vector<R>> map_all(Range range, std::size_t concurrency, F f) {
  element_source<Range> source(range);
  numbered_results<R> results;
  std::vector<task<>> workers;
  for (std::size_t i = 0; i < concurrency; ++i) workers.push_back(map_elements(source, f, results));
  co_await gather(std::move(workers));
  co_return results.take();
}

/// No more workers than elements, where their number is known.
template <class Range>
std::size_t workers_for(Range& range, std::integral auto concurrency, const char* who) {
  if (!std::cmp_greater(concurrency, 0)) {
    throw error(std::string(who) +
                "(inputs, concurrency, fn): concurrency is how many run at once, at least 1");
  }
  std::size_t workers = static_cast<std::size_t>(concurrency);
  if constexpr (std::ranges::sized_range<Range>)
    workers = std::min(workers, static_cast<std::size_t>(std::ranges::size(range)));
  return workers;
}

}  // namespace detail

/// Runs `co_await fn(element)` for every element, at most `concurrency` at once.
///
/// Completes:  when all are done. Elements are taken in order, each when a place is free, so an
///             endless or slow range is read no further ahead than that.
/// Overlap:    up to `concurrency` calls interleave on a loop and run in parallel on a pool.
/// Ownership:  `inputs` and `fn` are taken by value and live until the end; `fn` gets an element of
///             a container by reference.
/// Errors:     as in gather: the first failure cancels the rest and is rethrown. `error` for a
///             concurrency below 1.
/// Cancel:     cancels every call and waits for them.
/// ```
/// co_await tutti::for_each(urls, 8, fetch_and_store);
/// ```
/// Source: trio-based `aiometer`; Rust's `StreamExt::for_each_concurrent`.
template <std::ranges::input_range Range, std::integral N, class F>
TUTTI_CORO_WRAPPER task<> for_each(Range&& inputs, N concurrency, F&& fn) {
  TUTTI_REFUSE_CLOSURE(F);
  using result = detail::each_result_t<std::decay_t<Range>, std::decay_t<F>>;
  static_assert(detail::is_task<result>::value,
                "for_each(inputs, concurrency, fn): fn must be a coroutine returning task<T>");
  const std::size_t workers = detail::workers_for(inputs, concurrency, "for_each");
  return detail::visit_all<std::decay_t<Range>, std::decay_t<F>>(std::forward<Range>(inputs),
                                                                 workers, std::forward<F>(fn));
}

/// The same, with the results in the order of the inputs.
/// ```
/// std::vector<page> pages = co_await tutti::map(urls, 8, fetch);
/// ```
template <std::ranges::input_range Range, std::integral N, class F>
TUTTI_CORO_WRAPPER auto map(Range&& inputs, N concurrency, F&& fn) {
  TUTTI_REFUSE_CLOSURE(F);
  using result = detail::each_result_t<std::decay_t<Range>, std::decay_t<F>>;
  static_assert(detail::is_task<result>::value,
                "map(inputs, concurrency, fn): fn must be a coroutine returning task<R>");
  using value = typename result::value_type;
  static_assert(!std::is_void_v<value>, "map of a task<void> has no results: use for_each");
  const std::size_t workers = detail::workers_for(inputs, concurrency, "map");
  return detail::map_all<value, std::decay_t<Range>, std::decay_t<F>>(std::forward<Range>(inputs),
                                                                      workers, std::forward<F>(fn));
}

}  // namespace tutti

TUTTI_CLOSURE_FRAMES_END
