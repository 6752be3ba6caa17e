/// \file
/// A thread with a name that joins in its destructor and loses no exception.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <tutti/base/function.hpp>
#include <tutti/base/invoke.hpp>
#include <tutti/core/submitted.hpp>

namespace tutti {
namespace detail {

class thread_record;

/// `f(args...)` as one callable that is told to stop by a token, if it takes one.
template <class F, class... Args>
function<void(std::stop_token)> thread_body(F&& f, Args&&... args) {
  return [call = std::tuple<std::decay_t<F>, std::decay_t<Args>...>(
              std::forward<F>(f), std::forward<Args>(args)...)](std::stop_token stop) mutable {
    std::apply(
        [&stop](auto& fn, auto&... parts) {
          if constexpr (takes_stop_token<F, Args...>) {
            detail::invoke(std::move(fn), std::move(stop), std::move(parts)...);
          } else {
            (void)stop;
            detail::invoke(std::move(fn), std::move(parts)...);
          }
        },
        call);
  };
}

template <class F, class... Args>
concept thread_callable =
    std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...> || takes_stop_token<F, Args...>;

}  // namespace detail

/// A thread. Requests stop and joins in its destructor.
///
/// Threads:  request_stop() and name() from anywhere; the rest by the owner.
/// Lifetime: the destructor returns after the thread ended; joining oneself throws `deadlock`.
/// Wakes:    the end of the thread wakes join().
/// Order:    what happened before the start is seen by `f`; what `f` did is seen after join().
/// Cancel:   request_stop() triggers the stop_token of `f` and nothing else; a cancelled join()
/// leaves the thread
///           joinable.
/// `f` and the arguments are copied or moved as by `std::thread`. What `f` throws is rethrown by
/// join(), with its type; if nobody joins, it goes to the unobserved-error handler.
/// ```
/// tutti::thread t{"counter", [](std::stop_token stop, int step) { ... }, 2};
/// ```
/// Source: `threading.Thread`, `std::jthread`.
class thread {
 public:
  thread() noexcept = default;
  /// Named after its number. Throws std::system_error when the system has no more threads.
  template <class F, class... Args>
    requires(!std::is_same_v<std::remove_cvref_t<F>, thread> && detail::thread_callable<F, Args...>)
  explicit thread(F&& f, Args&&... args)
      : record_(start({}, detail::thread_body(std::forward<F>(f), std::forward<Args>(args)...),
                      detail::takes_stop_token<F, Args...>)) {}
  template <class F, class... Args>
    requires detail::thread_callable<F, Args...>
  explicit thread(std::string_view name, F&& f, Args&&... args)
      : record_(start(name, detail::thread_body(std::forward<F>(f), std::forward<Args>(args)...),
                      detail::takes_stop_token<F, Args...>)) {}
  thread(thread&& other) noexcept : record_(std::exchange(other.record_, nullptr)) {}
  thread& operator=(thread&& other) noexcept {
    thread former(std::exchange(record_, std::exchange(other.record_, nullptr)));
    return *this;
  }
  ~thread();

  /// Waits for the end and throws what `f` threw. Errors: `error` if there is nothing to join,
  /// `deadlock` in the thread itself, `blocking_call` on a loop.
  void join();
  bool joinable() const noexcept { return record_ != nullptr; }
  /// Triggers the stop_token; true if this was the first request.
  bool request_stop() noexcept;
  std::stop_token get_stop_token() const noexcept;
  /// The name given, else "thread-N"; empty when there is no thread.
  std::string name() const;

 private:
  explicit thread(detail::thread_record* record) noexcept : record_(record) {}
  static detail::thread_record* start(std::string_view name,
                                      detail::function<void(std::stop_token)> body,
                                      bool hears_of_stop);
  detail::thread_record* record_ = nullptr;
};

}  // namespace tutti
