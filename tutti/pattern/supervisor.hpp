/// \file
/// Services that are started again when they fail: `supervisor`.
#pragma once

#include <concepts>
#include <cstddef>
#include <exception>
#include <memory>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <tutti/base/function.hpp>
#include <tutti/base/invoke.hpp>
#include <tutti/core/task.hpp>

namespace tutti {

/// Who is started again when a child fails.
enum class restart : unsigned char {
  one_for_one,   ///< the one that failed
  one_for_all,   ///< all: they share something that is broken now
  rest_for_one,  ///< that one and those added after it: they depend on it
};

/// Options of a `supervisor`: after more than `restarts_max` failures `within` that time it gives
/// up.
struct supervisor_options {
  restart strategy = restart::one_for_one;
  unsigned restarts_max = 3;
  duration within = duration(5'000'000'000);
};

namespace detail {
class supervisor_core;
}

/// Starts children, watches them, and starts them again when they fail, but not for ever.
///
/// Threads:  add() and stop() from anywhere; run() by one task at a time.
/// Lifetime: outlives its run().
/// Wakes:    the end of a child, add() and stop() wake run().
/// Order:    children start in the order in which they were added and are stopped in the reverse
///           order, one after the other.
/// Cancel:   cancelling run() cancels all children and waits for them.
///
/// A child that returns is done; one that throws is started again with the same
/// arguments, and with it those that the strategy names, which are cancelled and waited for first.
/// A child that is done is not started again for another's sake. run() returns when all are done or
/// after stop(); past the limit it stops the others and throws the last error as it is, so that a
/// supervisor which is itself a child is dealt with by the one above it. Errors that led to a
/// restart go to `on_restart`, or where there is none to the unobserved-error handler.
/// ```
/// tutti::supervisor s{{.strategy = tutti::restart::one_for_one, .restarts_max = 3, .within = 5s}};
/// s.add("listener", listen, port);
/// s.add("cache", refresh_cache);
/// co_await s.run();
/// ```
/// Source: Erlang/OTP's supervisors.
class supervisor {
 public:
  explicit supervisor(supervisor_options options = {});
  ~supervisor();
  supervisor(const supervisor&) = delete;
  supervisor& operator=(const supervisor&) = delete;

  /// Another child: `fn(args...)`, a coroutine function. It is started at once if run() is under
  /// way. The callable and its arguments are copied or moved in; every start gets them as const.
  /// Errors: `closed` after stop().
  template <class F, class... Args>
    requires(std::invocable<std::decay_t<F>&, const std::decay_t<Args>&...>)
  void add(std::string_view name, F&& fn, Args&&... args) {
    using called = std::invoke_result_t<std::decay_t<F>&, const std::decay_t<Args>&...>;
    static_assert(detail::is_task<std::remove_cvref_t<called>>::value,
                  "supervisor::add(name, fn, args...): fn must be a coroutine function");
    add_child(name, child_call<std::decay_t<F>, std::decay_t<Args>...>{
                        std::forward<F>(fn), {std::forward<Args>(args)...}});
  }
  /// Called where run() runs, before a child is started again: its name and what it threw.
  void on_restart(detail::function<void(std::string_view, const std::exception_ptr&)> fn);

  /// Starts all children and watches them; see above. Errors: `error` if it is under way already.
  TUTTI_CORO_WRAPPER task<> run();
  /// Makes run() stop all children and return. It stays stopped. Never waits.
  void stop() noexcept;
  /// How many failures have been answered with a restart, in all runs.
  std::size_t restarts() const noexcept;

 private:
  /// Begins one life of a child; kept as long as the supervisor, so starts refer to what it holds.
  template <class F, class... Args>
  struct child_call {
    F f;
    std::tuple<Args...> args;

    TUTTI_CORO_WRAPPER task<> operator()() { return start(std::index_sequence_for<Args...>{}); }
    template <std::size_t... I>
    task<> start(std::index_sequence<I...>) {
      co_await detail::invoke(f, std::as_const(std::get<I>(args))...);
    }
  };

  void add_child(std::string_view name, detail::function<task<>()> begin);
  const std::unique_ptr<detail::supervisor_core> core_;
};

}  // namespace tutti
