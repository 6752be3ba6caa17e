/// \file
/// The bridge to Asio: its operations as tasks of tutti. A component of its own (`tutti::asio`),
/// for programs that use stand-alone Asio anyway; nothing else of tutti includes it.
#pragma once

#ifndef ASIO_STANDALONE
#define ASIO_STANDALONE
#endif
#include <asio/async_result.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/dispatch.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>

#include <exception>
#include <memory>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <utility>

#include <tutti/core/future.hpp>
#include <tutti/core/task.hpp>

namespace tutti {

/// The completion token: `co_await socket.async_read_some(buffer, tutti::use_task)`.
///
/// Gives an awaitable (see asio_task), so `timeout`, `gather`, `race` and groups take it as a task.
///
/// Completes: when Asio calls the handler, on whatever thread runs its io_context; the task resumes
///            on its own executor.
/// Overlap:   the operation begins when the task is awaited, on the executor of the I/O object, so
///            that object is touched by its own threads only.
/// Ownership: as Asio says: buffers must live until the task is over. The I/O object must, too.
/// Result:    what the handler gets without the error: nothing, one value, or a tuple. An error is
///            thrown as `std::system_error`.
/// Cancel:    emits Asio's cancellation signal for this operation and waits for its end; what
///            completed all the same gives its value. Operations without an executor of their own
///            cannot be cancelled: their end is waited for.
/// Errors:    `broken_promise` when the io_context is destroyed with the operation in it.
/// ```
/// asio::io_context io;                              // run by a thread of yours
/// asio::steady_timer timer{io, 1s};
/// co_await tutti::timeout(100ms, timer.async_wait(tutti::use_task));
/// ```
/// Source: `asio::use_awaitable`, `asio::cancellation_slot`.
struct use_task_t {};
inline constexpr use_task_t use_task{};

namespace detail {

/// What a completion signature gives: its arguments, without a leading error.
template <class... Args>
struct asio_values {
  using type = std::tuple<std::decay_t<Args>...>;
};
template <>
struct asio_values<> {
  using type = void;
};
template <class T>
struct asio_values<T> {
  using type = std::decay_t<T>;
};

/// The handler that Asio calls, once.
///
/// Threads:  moved and called by the threads of the io_context.
/// Lifetime: Asio's; destroyed uncalled it breaks the promise.
/// Wakes:    the task that awaits the operation.
/// Order:    as a promise.
/// Cancel:   an aborted operation whose cancellation was asked for gives the promise up, which ends
///           its future as cancelled.
template <class T>
class asio_handler {
 public:
  using cancellation_slot_type = asio::cancellation_slot;

  asio_handler(promise<T> p, std::shared_ptr<asio::cancellation_signal> s)
      : promise_(std::move(p)), signal_(std::move(s)) {}

  cancellation_slot_type get_cancellation_slot() const noexcept { return signal_->slot(); }

  void operator()() { give(); }
  template <class First, class... Rest>
  void operator()(First&& first, Rest&&... rest) {
    if constexpr (std::is_same_v<std::decay_t<First>, asio::error_code>) {
      if (first == asio::error::operation_aborted && promise_.cancel_requested()) {
        const promise<T> given_up(std::move(promise_));
      } else if (first) {
        promise_.set_exception(std::system_error(first));
      } else {
        give(std::forward<Rest>(rest)...);
      }
    } else if constexpr (std::is_same_v<std::decay_t<First>, std::exception_ptr>) {
      if (first) {
        promise_.set_exception(std::forward<First>(first));
      } else {
        give(std::forward<Rest>(rest)...);
      }
    } else {
      give(std::forward<First>(first), std::forward<Rest>(rest)...);
    }
  }

 private:
  template <class... Values>
  void give(Values&&... values) {
    if constexpr (sizeof...(Values) > 1) {
      promise_.set_value(T(std::forward<Values>(values)...));
    } else {
      promise_.set_value(std::forward<Values>(values)...);
    }
  }

  promise<T> promise_;
  std::shared_ptr<asio::cancellation_signal> signal_;
};

/// Begins the operation where its I/O object lives, and awaits it.
template <class T, class Initiation, class... Args>
task<T> asio_operation(Initiation begin, Args... args) {
  promise<T> p;
  future<T> done = p.get_future();
  auto signal = std::make_shared<asio::cancellation_signal>();
  if constexpr (requires { begin.get_executor(); }) {
    const auto where = begin.get_executor();
    p.on_cancel([where, signal]() noexcept {
      asio::post(where, [signal] { signal->emit(asio::cancellation_type::all); });
    });
    asio_handler<T> handler(std::move(p), std::move(signal));
    auto start = [begin = std::move(begin), handler = std::move(handler),
                  rest = std::tuple<Args...>(std::move(args)...)]() mutable {
      std::apply([&](Args&... each) { std::move(begin)(std::move(handler), std::move(each)...); },
                 rest);
    };
    asio::dispatch(where, std::move(start));
  } else {
    asio_handler<T> handler(std::move(p), std::move(signal));
    std::move(begin)(std::move(handler), std::move(args)...);
  }
  co_return co_await std::move(done);
}

}  // namespace detail

/// What Asio's functions return for `use_task`: awaited once, as an rvalue, or given to whatever
/// takes an awaitable; a `task` where one is asked for by name. It is a type of its own because the
/// functions that return it are not ours: clang's lifetime checks want those that return a task to
/// be marked.
template <class T>
class [[nodiscard("an operation does nothing until it is awaited, spawned or run")]] asio_task {
 public:
  using value_type = T;
  explicit asio_task(task<T> operation) noexcept : operation_(std::move(operation)) {}

  auto operator co_await() && noexcept { return std::move(operation_).operator co_await(); }
  TUTTI_CORO_WRAPPER operator task<T>() && noexcept {  // NOLINT: implicit, it is one
    return std::move(operation_);
  }

 private:
  task<T> operation_;
};

namespace detail {

/// Drops a leading error from a completion signature.
template <class Signature>
struct asio_result;
template <class... Args>
struct asio_result<void(Args...)> : asio_values<Args...> {};
template <class... Args>
struct asio_result<void(asio::error_code, Args...)> : asio_values<Args...> {};
template <class... Args>
struct asio_result<void(std::exception_ptr, Args...)> : asio_values<Args...> {};

}  // namespace detail
}  // namespace tutti

/// Part of use_task.
template <class... Args>
class asio::async_result<tutti::use_task_t, void(Args...)> {
  using value = typename tutti::detail::asio_result<void(Args...)>::type;

 public:
  using return_type = tutti::asio_task<value>;

  template <class Initiation, class... Rest>
  static return_type initiate(Initiation&& begin, tutti::use_task_t, Rest&&... rest) {
    return return_type(
        tutti::detail::asio_operation<value, std::decay_t<Initiation>, std::decay_t<Rest>...>(
            std::forward<Initiation>(begin), std::forward<Rest>(rest)...));
  }
};
