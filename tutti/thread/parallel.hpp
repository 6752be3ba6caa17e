/// \file
/// Parallel algorithms on a thread pool, blocking and awaited.
#pragma once

#include <concepts>
#include <iterator>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <tutti/base/invoke.hpp>
#include <tutti/base/ranges.hpp>
#include <tutti/base/sort.hpp>
#include <tutti/core/awaitable.hpp>
#include <tutti/core/task.hpp>
#include <tutti/thread/detail/fork.hpp>
#include <tutti/thread/detail/piecework.hpp>
#include <tutti/thread/thread_pool.hpp>

TUTTI_CLOSURE_FRAMES_BEGIN

namespace tutti {

/// How many neighbouring elements one piece of a parallel loop has.
class grain_size {
 public:
  constexpr grain_size(std::integral auto n) noexcept : value_(static_cast<std::size_t>(n)) {}
  constexpr std::size_t value() const noexcept { return value_; }

 private:
  std::size_t value_;
};
/// Pieces small enough that no thread waits long for the last one.
inline constexpr grain_size automatic{0};

namespace detail {

/// Elements 0 … count in pieces of neighbours.
class pieces_of {
 public:
  pieces_of(std::size_t count, unsigned threads, grain_size grain) noexcept : count_(count) {
    constexpr std::size_t pieces_per_thread = 16;
    size_ = grain.value() != 0 ? grain.value()
                               : std::max<std::size_t>(1, count / (pieces_per_thread * threads));
  }
  std::size_t pieces() const noexcept { return count_ / size_ + (count_ % size_ != 0 ? 1 : 0); }
  std::size_t first(std::size_t piece) const noexcept { return piece * size_; }
  std::size_t last(std::size_t piece) const noexcept {
    return first(piece) + std::min(size_, count_ - first(piece));
  }

 private:
  std::size_t count_;
  std::size_t size_;
};

template <class R>
concept parallel_range = std::ranges::random_access_range<R> && std::ranges::sized_range<R>;
template <class I>
concept parallel_iterator = std::random_access_iterator<I>;

/// Element number i of what begins at `first`: an integer or what an iterator points to.
template <class I>
decltype(auto) element(const I& first, std::size_t i) {
  if constexpr (std::integral<I>) {
    // Through the unsigned: from the least integer to the greatest is further than any goes.
    return static_cast<I>(static_cast<std::size_t>(first) + i);
  } else {
    return first[static_cast<std::iter_difference_t<I>>(i)];
  }
}

/// How many there are from `first` to before `last`.
template <std::integral I>
std::size_t distance_of(I first, I last) noexcept {
  return last > first ? static_cast<std::size_t>(last) - static_cast<std::size_t>(first) : 0;
}

template <class I, class F>
auto for_body(const I& first, const pieces_of& split, F& f) {
  return [&first, &split, &f](std::size_t piece) {
    for (std::size_t i = split.first(piece), end = split.last(piece); i < end; ++i) {
      detail::invoke(f, element(first, i));
    }
  };
}

template <class I, class F>
task<void> for_task(thread_pool& pool, I first, std::size_t count, F f, grain_size grain) {
  const pieces_of split(count, pool.size(), grain);
  auto body = for_body(first, split, f);
  if (split.pieces() != 0) co_await start_pieces(pool, split.pieces(), body);
}
/// The same for a range that the task owns (or a view that refers).
template <class View, class F>
task<void> for_view_task(thread_pool& pool, View view, F f, grain_size grain) {
  const pieces_of split(static_cast<std::size_t>(std::ranges::size(view)), pool.size(), grain);
  auto first = std::ranges::begin(view);
  auto body = for_body(first, split, f);
  if (split.pieces() != 0) co_await start_pieces(pool, split.pieces(), body);
}

/// Partial results of the pieces of a reduction, combined in order at the end.
template <class T>
using partials = std::vector<std::optional<T>>;

template <class I, class T, class Op>
auto reduce_body(const I& first, const pieces_of& split, partials<T>& out, Op& op) {
  return [&first, &split, &out, &op](std::size_t piece) {
    std::size_t i = split.first(piece);
    T sum = static_cast<T>(element(first, i));
    for (++i; i < split.last(piece); ++i)
      sum = detail::invoke(op, std::move(sum), element(first, i));
    out[piece].emplace(std::move(sum));
  };
}
template <class T, class Op>
T combine(T init, partials<T>& out, Op& op) {
  for (std::optional<T>& part : out) init = detail::invoke(op, std::move(init), *std::move(part));
  return init;
}
template <class View, class T, class Op>
task<T> reduce_task(thread_pool& pool, View view, T init, Op op) {
  const pieces_of split(static_cast<std::size_t>(std::ranges::size(view)), pool.size(), automatic);
  auto first = std::ranges::begin(view);
  partials<T> out(split.pieces());
  auto body = reduce_body(first, split, out, op);
  if (split.pieces() != 0) co_await start_pieces(pool, split.pieces(), body);
  co_return combine(std::move(init), out, op);
}

template <class I, class R, class F>
auto map_pieces(const I& first, const pieces_of& split, std::vector<std::optional<R>>& out, F& f) {
  return [&first, &split, &out, &f](std::size_t piece) {
    for (std::size_t i = split.first(piece), end = split.last(piece); i < end; ++i) {
      out[i].emplace(detail::invoke(f, element(first, i)));
    }
  };
}
template <class R>
std::vector<R> values_of(std::vector<std::optional<R>>& slots) {
  std::vector<R> out;
  out.reserve(slots.size());
  for (std::optional<R>& slot : slots) out.push_back(*std::move(slot));
  return out;
}
template <class R, class View, class F>
task<std::vector<R>> map_task(thread_pool& pool, View view, F f) {
  const pieces_of split(static_cast<std::size_t>(std::ranges::size(view)), pool.size(), automatic);
  auto first = std::ranges::begin(view);
  std::vector<std::optional<R>> out(static_cast<std::size_t>(std::ranges::size(view)));
  auto body = map_pieces(first, split, out, f);
  if (split.pieces() != 0) co_await start_pieces(pool, split.pieces(), body);
  co_return values_of(out);
}
template <class F, class Range>
using mapped = std::remove_cvref_t<
    std::invoke_result_t<std::decay_t<F>&, std::ranges::range_reference_t<Range>>>;

template <class... F>
using invoked = std::tuple<regular<std::remove_cvref_t<std::invoke_result_t<std::decay_t<F>&>>>...>;

/// Calls `f` and keeps what it returns.
template <class F, class Slot>
void call_into(F& f, Slot& slot) {
  if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
    detail::invoke(f);
    slot.emplace();
  } else {
    slot.emplace(detail::invoke(f));
  }
}
/// Calls of `parallel_invoke`: piece i calls callable i into slot i.
template <class Calls, class Slots, std::size_t... I>
void invoke_piece(std::size_t piece, Calls& calls, Slots& slots, std::index_sequence<I...>) {
  ((I == piece ? call_into(std::get<I>(calls), std::get<I>(slots)) : void()), ...);
}
/// Callable and slot of one fork.
template <class F, class Slot>
class call_fork final : public stack_fork {
 public:
  call_fork(fork_scope& of, F& f, Slot& slot) noexcept
      : stack_fork(of,
                   [](stack_fork& self) {
                     auto& me = static_cast<call_fork&>(self);
                     call_into(me.f_, me.slot_);
                   }),
        f_(f),
        slot_(slot) {}

 private:
  F& f_;
  Slot& slot_;
};
/// On a worker: the first callable here, the others, from `I` on, wherever somebody has time. Each
/// fork lies in a frame of its own: the last is forked first, so that thieves take the oldest and
/// this worker comes back to the newest.
template <std::size_t I, class Calls, class Slots>
void fork_from(fork_scope& scope, Calls& calls, Slots& slots) {
  if constexpr (I == 0) {
    scope.run([&] { call_into(std::get<0>(calls), std::get<0>(slots)); });
  } else {
    call_fork f(scope, std::get<I>(calls), std::get<I>(slots));
    scope.fork(f);
    fork_from<I - 1>(scope, calls, slots);
    scope.join(f);
  }
}
template <class Result>
struct slots_of;
template <class... R>
struct slots_of<std::tuple<R...>> {
  using type = std::tuple<std::optional<R>...>;
};
template <class Result, class Slots>
Result take_slots(Slots& slots) {
  return std::apply([](auto&... s) { return Result(*std::move(s)...); }, slots);
}
template <class... F>
task<invoked<F...>> invoke_task(thread_pool& pool, F... f) {
  std::tuple<F&...> calls(f...);
  typename slots_of<invoked<F...>>::type slots;
  auto body = [&](std::size_t piece) {
    invoke_piece(piece, calls, slots, std::index_sequence_for<F...>());
  };
  co_await start_pieces(pool, sizeof...(F), body);
  co_return take_slots<invoked<F...>>(slots);
}

/// Merge sort: sorted pieces first, then neighbours are merged, half as many in every round.
template <class I, class Cmp>
class sorting {
 public:
  sorting(I first, std::size_t count, unsigned threads, Cmp& cmp) noexcept
      : first_(first), count_(count), cmp_(cmp) {
    constexpr std::size_t worth_it = 2048;  // below it one thread is as fast
    const std::size_t wanted = count < worth_it ? 1 : std::size_t{2} * threads;
    run_ = std::max<std::size_t>(1, (count + wanted - 1) / wanted);
  }
  std::size_t runs() const noexcept { return (count_ + run_ - 1) / run_; }
  std::size_t merges() const noexcept { return (count_ + 2 * run_ - 1) / (2 * run_); }
  bool is_sorted() const noexcept { return run_ >= count_; }
  void sort_run(std::size_t i) { std::sort(at(i * run_), at((i + 1) * run_), less()); }
  void merge_runs(std::size_t i) {
    merge(at(2 * i * run_), at((2 * i + 1) * run_), at((2 * i + 2) * run_));
  }
  void round_over() noexcept { run_ *= 2; }

 private:
  /// What is left of the moved-out run always fits exactly before `right`: it is put back whatever
  /// happens.
  struct moved_out {
    std::vector<std::iter_value_t<I>> run;
    std::size_t read = 0;
    I out;
    ~moved_out() {
      for (; read < run.size(); ++read, ++out) *out = std::move(run[read]);
    }
  };
  void merge(I first, I middle, I last) {
    if (middle == last) return;
    moved_out left{{std::make_move_iterator(first), std::make_move_iterator(middle)}, 0, first};
    for (I right = middle; left.read < left.run.size() && right != last; ++left.out) {
      if (detail::invoke(cmp_, *right, left.run[left.read])) {
        *left.out = std::move(*right);
        ++right;
      } else {
        *left.out = std::move(left.run[left.read++]);
      }
    }
  }
  auto less() noexcept {
    return [this](const auto& a, const auto& b) {
      return static_cast<bool>(detail::invoke(cmp_, a, b));
    };
  }
  I at(std::size_t i) const {
    return first_ + static_cast<std::iter_difference_t<I>>(std::min(i, count_));
  }
  I first_;
  std::size_t count_;
  Cmp& cmp_;
  std::size_t run_;
};
template <class View, class Cmp>
task<void> sort_task(thread_pool& pool, View view, Cmp cmp) {
  sorting work(std::ranges::begin(view), static_cast<std::size_t>(std::ranges::size(view)),
               pool.size(), cmp);
  auto sort = [&](std::size_t i) { work.sort_run(i); };
  auto merge = [&](std::size_t i) { work.merge_runs(i); };
  if (work.runs() != 0) co_await start_pieces(pool, work.runs(), sort);
  for (; !work.is_sorted(); work.round_over()) co_await start_pieces(pool, work.merges(), merge);
}

}  // namespace detail

// All of them: the first failure keeps what has not started from starting, is waited out and
// rethrown as it is; further ones go to the unobserved-error handler. Cancelling the caller's scope
// does the same with `cancelled`. Callables are called by several threads at once. Plain code waits
// while the pool works; a thread of the pool works itself. On a loop, and in coroutines, the
// blocking forms throw `blocking_call`: await the async ones, whose lvalue ranges are referred to
// until the work ends, and whose rvalue ranges are owned.

/// Calls `f(i)` for integers, `f(*it)` for iterators from `first` to before `last`, in parallel.
/// Source: `std::for_each`.
template <std::integral I, std::integral J, class F>
void parallel_for(thread_pool& pool, I first, J last, F f, grain_size grain = automatic) {
  using index = std::common_type_t<I, J>;
  const auto from = static_cast<index>(first);
  const std::size_t count =
      std::cmp_greater(+last, +first) ? detail::distance_of(from, static_cast<index>(last)) : 0;
  const detail::pieces_of split(count, pool.size(), grain);
  auto body = detail::for_body(from, split, f);
  detail::run_pieces(pool, "parallel_for()", split.pieces(), body);
}
template <detail::parallel_iterator I, class F>
void parallel_for(thread_pool& pool, I first, I last, F f, grain_size grain = automatic) {
  const detail::pieces_of split(static_cast<std::size_t>(last - first), pool.size(), grain);
  auto body = detail::for_body(first, split, f);
  detail::run_pieces(pool, "parallel_for()", split.pieces(), body);
}
/// The same for every element of a range.
template <detail::parallel_range Range, class F>
void parallel_for(thread_pool& pool, Range&& range, F f, grain_size grain = automatic) {
  const detail::pieces_of split(static_cast<std::size_t>(std::ranges::size(range)), pool.size(),
                                grain);
  const auto first = std::ranges::begin(range);
  auto body = detail::for_body(first, split, f);
  detail::run_pieces(pool, "parallel_for()", split.pieces(), body);
}
template <std::integral I, std::integral J, class F>
TUTTI_CORO_WRAPPER task<void> async_parallel_for(thread_pool& pool, I first, J last, F&& f,
                                                 grain_size grain = automatic) {
  TUTTI_REFUSE_CLOSURE(F);
  using index = std::common_type_t<I, J>;
  const auto from = static_cast<index>(first);
  const std::size_t count =
      std::cmp_greater(+last, +first) ? detail::distance_of(from, static_cast<index>(last)) : 0;
  return detail::for_task<index, std::decay_t<F>>(pool, from, count, std::forward<F>(f), grain);
}
template <detail::parallel_iterator I, class F>
TUTTI_CORO_WRAPPER task<void> async_parallel_for(thread_pool& pool, I first, I last, F&& f,
                                                 grain_size grain = automatic) {
  TUTTI_REFUSE_CLOSURE(F);
  return detail::for_task<I, std::decay_t<F>>(pool, first, static_cast<std::size_t>(last - first),
                                              std::forward<F>(f), grain);
}
template <detail::parallel_range Range, class F>
TUTTI_CORO_WRAPPER task<void> async_parallel_for(thread_pool& pool, Range&& range, F&& f,
                                                 grain_size grain = automatic) {
  TUTTI_REFUSE_CLOSURE(F);
  return detail::for_view_task<detail::kept_range<Range>, std::decay_t<F>>(
      pool, detail::keep_range(std::forward<Range>(range)), std::forward<F>(f), grain);
}

/// `init op a op b op …`, in order; `op` need only be associative and takes two `T` as well as a
/// `T` and an element. Source: `std::reduce`, with order.
template <detail::parallel_range Range, class T, class Op>
T parallel_reduce(thread_pool& pool, Range&& range, T init, Op op) {
  const detail::pieces_of split(static_cast<std::size_t>(std::ranges::size(range)), pool.size(),
                                automatic);
  const auto first = std::ranges::begin(range);
  detail::partials<T> out(split.pieces());
  auto body = detail::reduce_body(first, split, out, op);
  detail::run_pieces(pool, "parallel_reduce()", split.pieces(), body);
  return detail::combine(std::move(init), out, op);
}
template <detail::parallel_range Range, class T, class Op>
TUTTI_CORO_WRAPPER task<T> async_parallel_reduce(thread_pool& pool, Range&& range, T init,
                                                 Op&& op) {
  TUTTI_REFUSE_CLOSURE(Op);
  return detail::reduce_task<detail::kept_range<Range>, T, std::decay_t<Op>>(
      pool, detail::keep_range(std::forward<Range>(range)), std::move(init), std::forward<Op>(op));
}

/// `f(element)` for every element; the results in order.
template <detail::parallel_range Range, class F>
std::vector<detail::mapped<F, Range>> parallel_map(thread_pool& pool, Range&& range, F f) {
  const auto count = static_cast<std::size_t>(std::ranges::size(range));
  const detail::pieces_of split(count, pool.size(), automatic);
  const auto first = std::ranges::begin(range);
  std::vector<std::optional<detail::mapped<F, Range>>> out(count);
  auto body = detail::map_pieces(first, split, out, f);
  detail::run_pieces(pool, "parallel_map()", split.pieces(), body);
  return detail::values_of(out);
}
template <detail::parallel_range Range, class F>
TUTTI_CORO_WRAPPER task<std::vector<detail::mapped<F, Range>>> async_parallel_map(thread_pool& pool,
                                                                                  Range&& range,
                                                                                  F&& f) {
  TUTTI_REFUSE_CLOSURE(F);
  return detail::map_task<detail::mapped<F, Range>, detail::kept_range<Range>, std::decay_t<F>>(
      pool, detail::keep_range(std::forward<Range>(range)), std::forward<F>(f));
}

/// Calls all of them in parallel; a tuple of what they return, void as `std::monostate`.
template <class... F>
  requires(std::invocable<std::decay_t<F>&> && ...)
detail::invoked<F...> parallel_invoke(thread_pool& pool, F&&... f) {
  std::tuple<std::remove_reference_t<F>&...> calls(f...);
  typename detail::slots_of<detail::invoked<F...>>::type slots;
  if constexpr (sizeof...(F) > 0) {
    if (detail::fork_scope::is_worker_of(pool.scheduler_ref(), "parallel_invoke()")) {
      detail::fork_scope scope(detail::current_cell());
      detail::fork_from<sizeof...(F) - 1>(scope, calls, slots);
      scope.rethrow();
      return detail::take_slots<detail::invoked<F...>>(slots);
    }
  }
  auto body = [&](std::size_t piece) {
    detail::invoke_piece(piece, calls, slots, std::index_sequence_for<F...>());
  };
  detail::run_pieces(pool, "parallel_invoke()", sizeof...(F), body);
  return detail::take_slots<detail::invoked<F...>>(slots);
}
template <class... F>
  requires(sizeof...(F) > 0 && (std::invocable<std::decay_t<F>&> && ...))
TUTTI_CORO_WRAPPER task<detail::invoked<F...>> async_parallel_invoke(thread_pool& pool, F&&... f) {
  return detail::invoke_task<std::decay_t<F>...>(pool, std::forward<F>(f)...);
}

/// Sorts by `cmp`; equal elements in any order. After a failure the elements are valid, but their
/// values are unspecified, as after std::sort. Source: `std::sort`; merge sort in rounds.
template <detail::parallel_range Range, class Cmp = detail::ascending>
void parallel_sort(thread_pool& pool, Range&& range, Cmp cmp = {}) {
  detail::sorting work(std::ranges::begin(range),
                       static_cast<std::size_t>(std::ranges::size(range)), pool.size(), cmp);
  auto sort = [&](std::size_t i) { work.sort_run(i); };
  auto merge = [&](std::size_t i) { work.merge_runs(i); };
  detail::run_pieces(pool, "parallel_sort()", work.runs(), sort);
  for (; !work.is_sorted(); work.round_over()) {
    detail::run_pieces(pool, "parallel_sort()", work.merges(), merge);
  }
}
template <detail::parallel_range Range, class Cmp = detail::ascending>
TUTTI_CORO_WRAPPER task<void> async_parallel_sort(thread_pool& pool, Range&& range,
                                                  Cmp&& cmp = {}) {
  TUTTI_REFUSE_CLOSURE(Cmp);
  return detail::sort_task<detail::kept_range<Range>, std::decay_t<Cmp>>(
      pool, detail::keep_range(std::forward<Range>(range)), std::forward<Cmp>(cmp));
}

}  // namespace tutti

TUTTI_CLOSURE_FRAMES_END
