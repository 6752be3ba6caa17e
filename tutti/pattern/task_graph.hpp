/// \file
/// Calls that need each other's results, run as early as they can be: `task_graph`.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <tutti/base/invoke.hpp>
#include <tutti/base/time.hpp>
#include <tutti/core/executor.hpp>
#include <tutti/pattern/detail/until_over.hpp>

namespace tutti {

class task_graph;

namespace detail {

class graph_body;

/// One call of a graph, without its types. owner: the graph; while it runs, the task that runs it.
class graph_step {
 public:
  virtual ~graph_step() = default;
  /// Makes the call, on `where`, and keeps its result.
  virtual task<> call(task_executor& where) = 0;
  virtual void forget() noexcept = 0;
};

[[noreturn]] void throw_no_value();

template <class R>
struct graph_slot {
  const regular<R>& get() const {
    if (!value) throw_no_value();
    return *value;
  }
  std::optional<regular<R>> value;
};

}  // namespace detail

/// A call in a task_graph: to name it, to pass its result on, to read its result. A handle; copies
/// mean the same call.
template <class R>
class graph_node {
 public:
  using value_type = R;

  /// What the call returned, after a run. Errors: `error` before that, or if it was not reached.
  const detail::regular<R>& value() const requires(!std::is_void_v<R>) { return slot_->get(); }
  /// Names it, for pictures and reports.
  graph_node& named(std::string_view name);
  /// Starts it after `other` too, whose result it does not take.
  template <class S>
  graph_node& after(const graph_node<S>& other);

 private:
  friend class task_graph;
  template <class>
  friend class graph_node;
  graph_node(std::shared_ptr<detail::graph_body> of, std::size_t number,
             std::shared_ptr<detail::graph_slot<R>> slot) noexcept
      : of_(std::move(of)), number_(number), slot_(std::move(slot)) {}

  std::shared_ptr<detail::graph_body> of_;
  std::size_t number_;
  std::shared_ptr<detail::graph_slot<R>> slot_;
};

/// The longest chain of calls in the last run: what to make faster first.
struct critical_path {
  std::vector<std::string> names;  ///< from the first call to the last
  duration took{};                 ///< what these calls took together
};

namespace detail {

/// The calls and what they wait for.
class graph_body {
 public:
  graph_body();
  ~graph_body();
  std::size_t add(std::unique_ptr<graph_step> step, std::vector<std::size_t> needs);
  void name(std::size_t number, std::string_view text);
  void order(std::size_t first, std::size_t then);
  static task<> run(std::shared_ptr<graph_body> self, task_executor& where);
  std::string dot() const;
  std::string mermaid() const;
  tutti::critical_path longest() const;
  std::size_t size() const noexcept;

 private:
  struct entry;
  struct running;
  void require_no_cycle() const;
  std::vector<entry> entries_;
};

[[noreturn]] void throw_other_graph();

/// A plain argument as it was given, or the slot of the call it comes from.
template <class A>
class kept_argument {
 public:
  explicit kept_argument(A a) : value_(std::move(a)) {}
  std::tuple<const A&> pass() const { return std::tuple<const A&>(value_); }

 private:
  A value_;
};
template <class R>
class kept_slot {
 public:
  explicit kept_slot(std::shared_ptr<graph_slot<R>> s) noexcept : slot_(std::move(s)) {}
  auto pass() const {
    if constexpr (std::is_void_v<R>) {
      return std::tuple<>();  // only the order counts
    } else {
      return std::tuple<const R&>(slot_->get());
    }
  }

 private:
  std::shared_ptr<graph_slot<R>> slot_;
};

/// `f` with the elements of a tuple of references; to clang std::apply is no wrapper of coroutines.
template <class F, class Tuple, std::size_t... I>
TUTTI_CORO_WRAPPER decltype(auto) call_unpacked(F& f, const Tuple& args,
                                                std::index_sequence<I...>) {
  return detail::invoke(f, std::get<I>(args)...);
}

/// `f` with what the kept arguments pass.
template <class F, class... Kept>
TUTTI_CORO_WRAPPER decltype(auto) call_kept(F& f, const Kept&... kept) {
  const auto passed = std::tuple_cat(kept.pass()...);
  return call_unpacked(f, passed, std::make_index_sequence<std::tuple_size_v<decltype(passed)>>{});
}

template <class F, class... Kept>
using kept_result_t =
    std::remove_cvref_t<decltype(call_kept(std::declval<F&>(), std::declval<const Kept&>()...))>;

template <class F, class... Kept>
class graph_call final : public graph_step {
  using called = kept_result_t<F, Kept...>;

 public:
  using result = typename unwrap_task<called>::type;
  explicit graph_call(F&& f, Kept&&... kept)
      : slot(std::make_shared<graph_slot<result>>()), f_(std::move(f)), kept_(std::move(kept)...) {}

  task<> call(task_executor& where) override {
    if constexpr (is_task<called>::value) {
      if constexpr (std::is_void_v<result>) {
        co_await begin();
        slot->value.emplace();
      } else {
        slot->value.emplace(co_await begin());
      }
    } else {
      auto done = where.submit([this] { call_plainly(); });  // there it may block
      co_await until_over(std::move(done));
    }
  }
  void forget() noexcept override { slot->value.reset(); }

  const std::shared_ptr<graph_slot<result>> slot;

 private:
  TUTTI_CORO_WRAPPER decltype(auto) begin() { return begin(std::index_sequence_for<Kept...>{}); }
  template <std::size_t... I>
  TUTTI_CORO_WRAPPER decltype(auto) begin(std::index_sequence<I...>) {
    return call_kept(f_, std::get<I>(kept_)...);
  }
  void call_plainly() {
    if constexpr (std::is_void_v<result>) {
      begin();
      slot->value.emplace();
    } else {
      slot->value.emplace(begin());
    }
  }

  F f_;
  std::tuple<Kept...> kept_;
};

}  // namespace detail

/// Calls with the order they need: each starts as soon as those whose results it takes are done.
///
/// Threads:  built by one thread; run by one at a time. Handles may be read after the run.
/// Lifetime: outlives its run; handles keep the results.
/// Wakes:    the end of the last call ends the run.
/// Order:    what a call did is seen by those after it.
/// Cancel:   cancelling a run cancels the calls under way and waits for them.
///
/// `add(f, args...)` takes a callable or a coroutine function. An argument that is the handle of
/// another call is passed as the result of that, by const reference; any other is kept and passed
/// as const. The handle of a call without a result only says what comes first, as `after` does. The
/// first failure cancels what is under way, nothing further starts, and it is rethrown as it is;
/// further ones go to the unobserved-error handler. A graph may run again: everything is computed
/// anew.
/// ```
/// tutti::task_graph g;
/// auto a = g.add(load, "a.csv");
/// auto b = g.add(load, "b.csv");
/// auto c = g.add(join, a, b).named("join");
/// g.run(pool);
/// use(c.value());
/// ```
/// Source: Taskflow, Dask's delayed.
class task_graph {
 public:
  task_graph();
  ~task_graph();
  task_graph(const task_graph&) = delete;
  task_graph& operator=(const task_graph&) = delete;

  template <class F, class... Args>
  auto add(F&& f, Args&&... args) {
    std::vector<std::size_t> needs;
    (need(needs, args), ...);
    return add_call(std::move(needs), std::decay_t<F>(std::forward<F>(f)),
                    keep(std::forward<Args>(args))...);
  }

  /// Runs everything on a pool of threads or a loop and waits for it. Errors: `error` that names
  /// the calls of a cycle; `blocking_call` on a loop.
  void run(task_executor& where);
  TUTTI_CORO_WRAPPER task<> async_run(task_executor& where);

  /// The graph for Graphviz.
  std::string dot() const { return body_->dot(); }
  /// The graph for Mermaid, which renders in Markdown.
  std::string mermaid() const { return body_->mermaid(); }
  /// After a run: which calls decided how long it took.
  tutti::critical_path critical_path() const { return body_->longest(); }
  std::size_t size() const noexcept { return body_->size(); }

 private:
  template <class A>
  void need(std::vector<std::size_t>&, const A&) {}
  template <class R>
  void need(std::vector<std::size_t>& needs, const graph_node<R>& node) {
    if (node.of_ != body_) detail::throw_other_graph();
    needs.push_back(node.number_);
  }
  template <class A>
  static auto keep(A&& a) {
    return detail::kept_argument<std::decay_t<A>>(std::forward<A>(a));
  }
  template <class R>
  static auto keep(const graph_node<R>& node) {
    return detail::kept_slot<R>(node.slot_);
  }
  template <class R>
  static auto keep(graph_node<R>& node) {
    return detail::kept_slot<R>(node.slot_);
  }
  template <class R>
  static auto keep(graph_node<R>&& node) {
    return detail::kept_slot<R>(node.slot_);
  }
  template <class F, class... Kept>
  auto add_call(std::vector<std::size_t> needs, F&& f, Kept&&... kept) {
    using step = detail::graph_call<F, Kept...>;
    auto made = std::make_unique<step>(std::move(f), std::move(kept)...);
    auto slot = made->slot;
    const std::size_t number = body_->add(std::move(made), std::move(needs));
    return graph_node<typename step::result>(body_, number, std::move(slot));
  }

  std::shared_ptr<detail::graph_body> body_;
};

template <class R>
graph_node<R>& graph_node<R>::named(std::string_view name) {
  of_->name(number_, name);
  return *this;
}

template <class R>
template <class S>
graph_node<R>& graph_node<R>::after(const graph_node<S>& other) {
  if (other.of_ != of_) detail::throw_other_graph();
  of_->order(other.number_, number_);
  return *this;
}

}  // namespace tutti
