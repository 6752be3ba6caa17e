/// \file
/// The typed parts of a pipeline: sources, stages, sinks.
#pragma once

#include <concepts>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include <tutti/base/invoke.hpp>
#include <tutti/core/awaitable.hpp>
#include <tutti/pattern/detail/conveyor.hpp>
#include <tutti/pattern/detail/pipeline_body.hpp>
#include <tutti/pattern/detail/shared_handler.hpp>
#include <tutti/pattern/detail/until_over.hpp>

TUTTI_CLOSURE_FRAMES_BEGIN

namespace tutti::detail {

/// queue, stream: read by async_next().
template <class S>
concept waited_source = requires(S& s) {
  s.async_next();
};
/// async_generator: read by an awaited next().
template <class S>
concept generated_source = !waited_source<S> && requires(S & s) {
  typename await_result_t<decltype(s.next())>;
};

template <class S>
struct source_item {
  using type = std::iter_value_t<decltype(std::begin(std::declval<S&>()))>;
};
template <waited_source S>
struct source_item<S> {
  using type = typename S::value_type;
};
template <generated_source S>
struct source_item<S> {
  using type = typename await_result_t<decltype(std::declval<S&>().next())>::value_type;
};

/// Owned containers give their items away; what is only referred to, or a view, keeps its own.
template <class Kept>
inline constexpr bool gives_away =
    !std::is_reference_v<Kept> &&
    (
        requires { typename std::remove_cvref_t<Kept>::allocator_type; } ||
        requires { typename std::remove_cvref_t<Kept>::promise_type; });

template <class Kept>
class pipeline_source final : public pipeline_part {
  using source = std::remove_cvref_t<Kept>;

 public:
  using item = typename source_item<source>::type;
  explicit pipeline_source(Kept&& from, std::size_t buffer)
      : pipeline_part("source"), from_(std::forward<Kept>(from)), out(buffer, 1, 1, true) {}

  void add_workers(std::vector<task<>>& to) override { to.push_back(work()); }

 private:
  task<> put(item x) {
    count_taken();
    co_await out.put_next(std::move(x));
    count_done();
  }
  task<> read() {
    if constexpr (waited_source<source>) {
      while (auto x = co_await from_.async_next()) co_await put(*std::move(x));
    } else if constexpr (generated_source<source>) {
      while (auto x = co_await from_.next()) co_await put(*std::move(x));
    } else {
      for (auto&& x : from_) {
        if constexpr (gives_away<Kept>) {
          co_await put(std::move(x));
        } else {
          co_await put(item(std::forward<decltype(x)>(x)));
        }
      }
    }
  }
  task<> work() {
    try {
      co_await read();
    } catch (const cancelled&) {
      throw;
    } catch (...) {
      fail();
    }
    out.writer_done();
  }
  Kept from_;

 public:
  conveyor<item> out;
};

/// How many at once, how much room, in which order.
struct stage_shape {
  std::size_t workers;
  std::size_t buffer;
  bool ordered;
};

/// The common half of stages: items in, items out, a number of workers.
template <class In, class Out>
class pipeline_stage : public pipeline_part {
 public:
  pipeline_stage(std::string_view name, conveyor<In>& from, stage_shape shape)
      : pipeline_part(name),
        out(shape.buffer, 2 * shape.workers, shape.workers, shape.ordered),
        from_(from),
        workers_(shape.workers) {}

  void add_workers(std::vector<task<>>& to) override {
    for (std::size_t i = 0; i < workers_; ++i) to.push_back(work());
  }
  std::size_t waiting() const noexcept override { return from_.size(); }

  conveyor<Out> out;

 private:
  virtual task<Out> handle(In x) = 0;
  task<> work() {
    try {
      co_await read();
    } catch (const cancelled&) {
      throw;
    } catch (...) {
      fail();
    }
    out.writer_done();
  }
  task<> read() {
    for (;;) {
      permit held = co_await out.enter();
      auto got = co_await from_.get();
      if (!got) co_return;
      count_taken();
      Out made = co_await handle(std::move(got->value));
      count_done();
      co_await out.put(got->number, std::move(made), std::move(held));
    }
  }

  conveyor<In>& from_;
  const std::size_t workers_;
};

template <class Called>
struct stage_value {
  using type = std::remove_cvref_t<Called>;
};
template <awaitable Called>
struct stage_value<Called> {
  using type = await_result_t<Called>;
};

/// A stage that runs where the pipeline is awaited.
template <class In, class F>
class stage_here final
    : public pipeline_stage<In, typename stage_value<std::invoke_result_t<F&, In>>::type> {
 public:
  using item = typename stage_value<std::invoke_result_t<F&, In>>::type;
  stage_here(std::string_view name, conveyor<In>& from, stage_shape shape, F&& f)
      : pipeline_stage<In, item>(name, from, shape), f_(std::move(f)) {}

 private:
  task<item> handle(In x) override {
    if constexpr (awaitable<std::invoke_result_t<F&, In>>) {
      co_return co_await detail::invoke(f_, std::move(x));
    } else {
      co_return detail::invoke(f_, std::move(x));
    }
  }
  F f_;
};

/// What an executor's submit(f, x) promises.
template <class E, class F, class In>
using submitted_t = typename decltype(std::declval<E&>().submit(
    detail::for_one_call(std::declval<F&>()), std::declval<In>()))::value_type;

/// A stage that runs on an executor.
template <class In, class E, class F>
class stage_there final : public pipeline_stage<In, submitted_t<E, F, In>> {
 public:
  using item = submitted_t<E, F, In>;
  stage_there(std::string_view name, conveyor<In>& from, stage_shape shape, E& executor, F&& f)
      : pipeline_stage<In, item>(name, from, shape), executor_(executor), f_(std::move(f)) {}

 private:
  task<item> handle(In x) override {
    auto answer = executor_.submit(detail::for_one_call(f_), std::move(x));
    co_return co_await until_over(std::move(answer));  // it refers to f_
  }
  E& executor_;
  F f_;
};

template <class S, class T>
concept queue_sink = requires(S& s, T x) {
  s.async_put(std::move(x));
};
template <class S, class T>
concept back_sink = requires(S& s, T x) {
  s.push_back(std::move(x));
};
template <class S, class T>
concept set_sink = requires(S& s, T x) {
  s.insert(std::move(x));
};
template <class S, class T>
concept pipeline_end =
    queue_sink<S, T> || back_sink<S, T> || set_sink<S, T> || std::invocable<S&, T>;

template <class In, class Kept>
class pipeline_sink final : public pipeline_part {
  using sink = std::remove_cvref_t<Kept>;

 public:
  pipeline_sink(conveyor<In>& from, Kept&& to, pipeline_body& whole)
      : pipeline_part("sink"), from_(from), to_(std::forward<Kept>(to)), whole_(whole) {}

  void add_workers(std::vector<task<>>& to) override { to.push_back(work()); }
  std::size_t waiting() const noexcept override { return from_.size(); }

 private:
  task<> take(In x) {
    if constexpr (queue_sink<sink, In>) {
      co_await to_.async_put(std::move(x));
    } else if constexpr (back_sink<sink, In>) {
      to_.push_back(std::move(x));
      co_return;
    } else if constexpr (set_sink<sink, In>) {
      to_.insert(std::move(x));
      co_return;
    } else if constexpr (is_task<std::remove_cvref_t<std::invoke_result_t<sink&, In>>>::value) {
      co_await detail::invoke(to_, std::move(x));
    } else {
      detail::invoke(to_, std::move(x));
      co_return;
    }
  }
  task<> work() {
    try {
      while (auto got = co_await from_.get()) {
        count_taken();
        co_await take(std::move(got->value));
        count_done();
        whole_.report(false);
      }
    } catch (const cancelled&) {
      throw;
    } catch (...) {
      fail();
    }
  }

  conveyor<In>& from_;
  Kept to_;
  pipeline_body& whole_;
};

}  // namespace tutti::detail

TUTTI_CLOSURE_FRAMES_END
