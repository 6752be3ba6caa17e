/// \file
/// Several awaitables at once: all of them, or the first.
#pragma once

#include <source_location>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <tutti/core/fan.hpp>
#include <tutti/core/scope_guard.hpp>

namespace tutti {
namespace detail {

template <class T>
regular<T> take_regular(outcome<T>& o) {
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return *std::move(o);
  }
}

/// The outcome of a child as the caller sees it: a cancelled one becomes an error, unless the
/// caller is cancelled too.
template <class T>
outcome<T> settled(fan_scope& fan, outcome<T>& o) {
  if (!o.has_value() && is_cancellation(o.exception())) {
    try {
      fan.throw_child_cancelled();
    } catch (const future_cancelled&) {
      return outcome<T>::failure(std::current_exception());
    }
  }
  return std::move(o);
}

template <class... Ts, std::size_t... I>
std::tuple<regular<Ts>...> gathered(fan_scope& fan, fan_awaiter<Ts...>& children,
                                    std::index_sequence<I...>) {
  const unsigned failed = fan.decided();
  ((failed == I ? std::rethrow_exception(children.template result<I>().exception()) : void()), ...);
  if (!(children.template result<I>().has_value() && ...)) fan.throw_child_cancelled();
  return std::tuple<regular<Ts>...>(take_regular(children.template result<I>())...);
}

template <class... Ts>
task<std::tuple<regular<Ts>...>> gather_tasks(std::source_location site, task<Ts>... tasks) {
  fan_scope fan(fan_scope::rule::first_failure, co_await this_cell());
  fan_awaiter<Ts...> children(fan, nullptr, site, std::move(tasks)...);
  co_await children;
  co_return gathered(fan, children, std::index_sequence_for<Ts...>());
}

template <class... Ts, std::size_t... I>
std::tuple<outcome<Ts>...> all_settled(fan_scope& fan, fan_awaiter<Ts...>& children,
                                       std::index_sequence<I...>) {
  (void)fan;
  (void)children;
  return std::tuple<outcome<Ts>...>(settled(fan, children.template result<I>())...);
}

template <class... Ts>
task<std::tuple<outcome<Ts>...>> settle_tasks(std::source_location site, task<Ts>... tasks) {
  fan_scope fan(fan_scope::rule::all, co_await this_cell());
  fan_awaiter<Ts...> children(fan, nullptr, site, std::move(tasks)...);
  co_await children;
  co_return all_settled(fan, children, std::index_sequence_for<Ts...>());
}

template <class Variant, class... Ts, std::size_t... I>
Variant winner(fan_scope& fan, fan_awaiter<Ts...>& children, std::index_sequence<I...>) {
  const unsigned first = fan.decided();
  if (first == fan_scope::nobody) fan.throw_child_cancelled();
  std::optional<Variant> out;
  const auto pick = [&]<std::size_t Index>(std::integral_constant<std::size_t, Index>) {
    if (Index != first) return;
    auto& o = children.template result<Index>();
    if (!o.has_value()) std::rethrow_exception(o.exception());
    out.emplace(std::in_place_index<Index>, take_regular(o));
  };
  (pick(std::integral_constant<std::size_t, I>()), ...);
  return *std::move(out);
}

template <class... Ts>
task<std::variant<regular<Ts>...>> race_tasks(std::source_location site, task<Ts>... tasks) {
  fan_scope fan(fan_scope::rule::first_finish, co_await this_cell());
  fan_awaiter<Ts...> children(fan, nullptr, site, std::move(tasks)...);
  co_await children;
  co_return winner<std::variant<regular<Ts>...>>(fan, children, std::index_sequence_for<Ts...>());
}

template <class T>
using gathered_vector = std::conditional_t<std::is_void_v<T>, void, std::vector<regular<T>>>;

template <class T>
task<gathered_vector<T>> gather_vector(std::source_location site, std::vector<task<T>> tasks) {
  fan_scope fan(fan_scope::rule::first_failure, co_await this_cell());
  fan_vector_awaiter<T> children(fan, site, std::move(tasks));
  co_await children;
  if (fan.decided() != fan_scope::nobody)
    std::rethrow_exception(children.result(fan.decided()).exception());
  for (std::size_t i = 0; i < children.size(); ++i) {
    if (!children.result(i).has_value()) fan.throw_child_cancelled();
  }
  if constexpr (!std::is_void_v<T>) {
    std::vector<T> out;
    out.reserve(children.size());
    for (std::size_t i = 0; i < children.size(); ++i) out.push_back(*std::move(children.result(i)));
    co_return out;
  }
}

template <class T>
task<std::vector<outcome<T>>> settle_vector(std::source_location site, std::vector<task<T>> tasks) {
  fan_scope fan(fan_scope::rule::all, co_await this_cell());
  fan_vector_awaiter<T> children(fan, site, std::move(tasks));
  co_await children;
  std::vector<outcome<T>> out;
  out.reserve(children.size());
  for (std::size_t i = 0; i < children.size(); ++i) out.push_back(settled(fan, children.result(i)));
  co_return out;
}

template <class T>
std::vector<task<T>> as_tasks(std::vector<future<T>>&& futures) {
  std::vector<task<T>> out;
  out.reserve(futures.size());
  for (future<T>& f : futures) out.push_back(as_task(std::move(f)));
  return out;
}

/// Remembers where a variadic call was written: deduced beside the pack through a guide is not
/// possible for functions, so the site of gather's children is the gather itself.
inline std::source_location here(
    std::source_location site = std::source_location::current()) noexcept {
  return site;
}

}  // namespace detail

/// Runs all of them at once and gives their results in argument order; void becomes
/// `std::monostate`.
///
/// Completes:  when all are done. The first failure cancels the rest, waits for them, and is
/// rethrown as it is;
///             further real failures go to the unobserved-error handler.
/// Overlap:    the children run interleaved on a loop, in parallel on a pool (`on(pool, gather(…))`
/// is fork-join).
/// Cancel:     cancels all; if all complete nevertheless, their values are given.
/// ```
/// auto [a, b] = co_await tutti::gather(fetch("/a"), fetch("/b"));
/// ```
/// Source: `asyncio.gather`, with the cleanup of a task group.
template <awaitable... As>
TUTTI_CORO_WRAPPER task<std::tuple<detail::regular<await_result_t<As>>...>> gather(As&&... as) {
  return detail::gather_tasks<await_result_t<As>...>(detail::here(),
                                                     detail::as_task(std::forward<As>(as))...);
}
/// The same for any number of one type: results in order; `task<void>` for void.
template <class T>
TUTTI_CORO_WRAPPER task<detail::gathered_vector<T>> gather(std::vector<task<T>> tasks) {
  return detail::gather_vector<T>(detail::here(), std::move(tasks));
}
template <class T>
TUTTI_CORO_WRAPPER task<detail::gathered_vector<T>> gather(std::vector<future<T>> futures) {
  return detail::gather_vector<T>(detail::here(), detail::as_tasks(std::move(futures)));
}

/// As gather, but gives an `outcome` each and never throws for a child's failure: nobody is
/// cancelled.
/// Source: `asyncio.gather(return_exceptions=True)`, `Promise.allSettled`.
template <awaitable... As>
TUTTI_CORO_WRAPPER task<std::tuple<outcome<await_result_t<As>>...>> gather_settled(As&&... as) {
  return detail::settle_tasks<await_result_t<As>...>(detail::here(),
                                                     detail::as_task(std::forward<As>(as))...);
}
template <class T>
TUTTI_CORO_WRAPPER task<std::vector<outcome<T>>> gather_settled(std::vector<task<T>> tasks) {
  return detail::settle_vector<T>(detail::here(), std::move(tasks));
}
template <class T>
TUTTI_CORO_WRAPPER task<std::vector<outcome<T>>> gather_settled(std::vector<future<T>> futures) {
  return detail::settle_vector<T>(detail::here(), detail::as_tasks(std::move(futures)));
}

/// The first to finish, value or error; the others are cancelled and awaited. `index()` says who;
/// void becomes `std::monostate`. Source: `asyncio.wait(FIRST_COMPLETED)`, Go's select.
template <awaitable... As>
  requires(sizeof...(As) > 0)
TUTTI_CORO_WRAPPER task<std::variant<detail::regular<await_result_t<As>>...>> race(As&&... as) {
  return detail::race_tasks<await_result_t<As>...>(detail::here(),
                                                   detail::as_task(std::forward<As>(as))...);
}

}  // namespace tutti
