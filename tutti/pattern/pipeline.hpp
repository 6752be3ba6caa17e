/// \file
/// Items through stages, each on the executor it needs: `pipeline`.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <tutti/pattern/detail/pipeline_parts.hpp>

namespace tutti {

/// Last argument of `stage`.
struct stage_options {
  std::size_t buffer = 0;  ///< items that may wait behind it; 0: twice as many as run at once
  bool ordered = true;     ///< false: items go on as they are ready
};

/// A whole pipeline, from its source to its sink; made by `from(…) | stage(…) | … | into(…)`.
///
/// Completes:  when the source has ended and every item is in the sink.
/// Overlap:    all parts work at once, each on up to as many items as it was given. Buffers are
///             bounded, so a slow part holds up those before it: memory does not grow with the
///             number of items.
/// Order:      items keep theirs, unless a stage is told `{.ordered = false}`.
/// Ownership:  sources, sinks and callables are moved in; lvalue sources and sinks are referred to,
///             executors too.
/// Errors:     a part that throws cancels the others, which are waited for; thrown is a
///             `stage_error` that names it, with the original nested.
/// Cancel:     cancels all parts and waits for them; what is in the sink stays there.
/// ```
/// auto p = tutti::from(urls) | tutti::stage("fetch", 64, fetch)   // a coroutine, here
///        | tutti::stage("parse", pool, parse)                     // a callable, on a pool
///        | tutti::into(pages);
/// co_await std::move(p);
/// ```
/// It is awaited once, as an rvalue, and runs on the executor of whoever awaits it.
/// Source: Go's pipelines; oneTBB's `parallel_pipeline`.
class [[nodiscard("a pipeline does nothing until it is awaited")]] pipeline {
 public:
  explicit pipeline(std::unique_ptr<detail::pipeline_body> body) noexcept
      : body_(std::move(body)) {}
  pipeline(pipeline &&) noexcept = default;
  pipeline& operator=(pipeline&&) noexcept = default;

  /// Calls `fn(const pipeline_progress&)` after every item that arrives in the sink and once at the
  /// end, never twice at a time, where the pipeline runs. What it throws counts as the sink's.
  template <std::invocable<const pipeline_progress&> F>
  pipeline& on_progress(F && fn)& {
    checked().observer = std::forward<F>(fn);
    return *this;
  }
  template <std::invocable<const pipeline_progress&> F>
  pipeline&& on_progress(F && fn)&& {
    checked().observer = std::forward<F>(fn);
    return std::move(*this);
  }

  auto operator co_await()&& {
    checked();
    return detail::pipeline_body::run(std::move(body_)).operator co_await();
  }

 private:
  detail::pipeline_body& checked() const {
    if (body_ == nullptr)
      throw error("a pipeline is awaited once; this one has been, or was moved");
    return *body_;
  }
  std::unique_ptr<detail::pipeline_body> body_;
};

namespace detail {

/// A pipeline that still lacks its sink; gives items of type T.
template <class T>
class [[nodiscard("finish it with | into(sink)")]] pipeline_head {
 public:
  pipeline_head(std::unique_ptr<pipeline_body> body, conveyor<T> & last) noexcept
      : body_(std::move(body)), last_(&last) {}

  /// With another part behind it, whose conveyor is `out`.
  template <class Part>
  auto with(std::unique_ptr<Part> part)&& {
    auto& out = part->out;
    body_->add(std::move(part));
    return pipeline_head<typename Part::item>(std::move(body_), out);
  }
  template <class Kept>
  pipeline end(Kept && sink)&& {
    body_->add(std::make_unique<pipeline_sink<T, Kept>>(*last_, std::forward<Kept>(sink), *body_));
    return pipeline(std::move(body_));
  }
  conveyor<T>& last() const noexcept { return *last_; }

 private:
  std::unique_ptr<pipeline_body> body_;
  conveyor<T>* last_;
};

/// What stage() gives: everything but the type of the items.
template <class F>
class stage_spec {
 public:
  stage_spec(std::string_view name, stage_shape shape, F&& f)
      : name_(name), shape_(shape), f_(std::move(f)) {}

  template <class T>
  friend auto operator|(pipeline_head<T>&& head, stage_spec&& spec) {
    static_assert(std::invocable<F&, T>,
                  "stage(name, n, fn): fn does not take what the part before it gives");
    auto part = std::make_unique<stage_here<T, F>>(spec.name_, head.last(), spec.shape_,
                                                   std::move(spec.f_));
    return std::move(head).with(std::move(part));
  }

 private:
  std::string name_;
  stage_shape shape_;
  F f_;
};

template <class E, class F>
class executor_stage_spec {
 public:
  executor_stage_spec(std::string_view name, stage_shape shape, E& executor, F&& f)
      : name_(name), shape_(shape), executor_(executor), f_(std::move(f)) {}

  template <class T>
  friend auto operator|(pipeline_head<T>&& head, executor_stage_spec&& spec) {
    auto part = std::make_unique<stage_there<T, E, F>>(spec.name_, head.last(), spec.shape_,
                                                       spec.executor_, std::move(spec.f_));
    return std::move(head).with(std::move(part));
  }

 private:
  std::string name_;
  stage_shape shape_;
  E& executor_;
  F f_;
};

template <class Kept>
class sink_spec {
 public:
  explicit sink_spec(Kept&& sink) : sink_(std::forward<Kept>(sink)) {}

  template <class T>
  friend pipeline operator|(pipeline_head<T>&& head, sink_spec&& spec) {
    static_assert(pipeline_end<std::remove_cvref_t<Kept>, T>,
                  "into(sink): a callable that takes what comes out, a container or a queue of it");
    return std::move(head).template end<Kept>(std::forward<Kept>(spec.sink_));
  }

 private:
  Kept sink_;
};

/// How a referred-to or owned thing is kept: functions as pointers.
template <class S>
using kept_t = std::conditional_t<std::is_lvalue_reference_v<S> &&
                                      !std::is_function_v<std::remove_reference_t<S>>,
                                  S, std::decay_t<S>>;

/// Checks what the caller asked for and fills in what was left open.
stage_shape shape_of(std::string_view name, bool positive, std::size_t workers,
                     stage_options options);

}  // namespace detail

/// Where a pipeline's items come from: a range, a generator (also an asynchronous one), a stream or
/// a queue (until it is closed and drained). An lvalue is referred to, an rvalue moved in.
template <class Source>
auto from(Source&& source) {
  using part = detail::pipeline_source<detail::kept_t<Source>>;
  auto body = std::make_unique<detail::pipeline_body>();
  auto first = std::make_unique<part>(std::forward<Source>(source), std::size_t{16});
  auto& out = first->out;
  body->add(std::move(first));
  return detail::pipeline_head<typename part::item>(std::move(body), out);
}

/// A stage on the executor that awaits the pipeline: `fn(item)`, a coroutine function (or a short
/// callable), for up to `at_once` items at a time. Throws `std::invalid_argument` for none.
template <std::integral N, class F>
auto stage(std::string_view name, N at_once, F&& fn, stage_options options = {}) {
  return detail::stage_spec<std::decay_t<F>>(
      name,
      detail::shape_of(name, std::cmp_greater(at_once, 0), static_cast<std::size_t>(at_once),
                       options),
      std::decay_t<F>(std::forward<F>(fn)));
}
/// A stage on another executor, a pool of threads or processes or a loop: `executor.submit(fn,
/// item)` for every item, twice as many at a time as it has workers. What a process pool asks of
/// its callables, it asks here.
template <class Executor, class F>
requires(!std::integral<Executor>) auto stage(std::string_view name, Executor& executor, F&& fn,
                                              stage_options options = {}) {
  std::size_t at_once = 16;  // on a loop: they take turns
  if constexpr (requires { executor.size(); }) at_once = std::size_t{2} * executor.size();
  return detail::executor_stage_spec<Executor, std::decay_t<F>>(
      name, detail::shape_of(name, true, at_once, options), executor,
      std::decay_t<F>(std::forward<F>(fn)));
}

/// Where a pipeline's items go: a callable or coroutine function, called for one after the other; a
/// container, which gets them at its end; or a queue, which stays open. An lvalue is referred to,
/// an rvalue moved in.
template <class Sink>
auto into(Sink&& sink) {
  return detail::sink_spec<detail::kept_t<Sink>>(std::forward<Sink>(sink));
}

}  // namespace tutti
