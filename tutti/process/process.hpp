/// \file
/// `process`: one function running in a process of its own.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <tutti/core/future.hpp>
#include <tutti/process/backend/zygote.hpp>
#include <tutti/process/detail/write_call.hpp>
#include <tutti/process/exit_status.hpp>
#include <tutti/wire/call.hpp>

namespace tutti {

namespace detail {

/// Threads:  the owner of the process object; async_join's helper only waits.
/// Lifetime: the process object's.
/// Wakes:    the end of the child wakes whoever joins.
/// Order:    what the child wrote to shared memory before its end is seen after join.
/// Cancel:   terminate() and kill().
class process_body {
 public:
  /// Prepares; `name` is the child's.
  explicit process_body(std::string_view name);
  process_body(const process_body&) = delete;
  process_body& operator=(const process_body&) = delete;
  ~process_body();

  pool_call& call() noexcept;
  std::span<std::byte> memory(pool_call& call, std::size_t bytes);
  /// Makes the child, which runs call().
  void start();

  exit_status join();
  future<exit_status> async_join();
  bool alive() noexcept;
  void signal(int number) noexcept;
  int pid() const noexcept;
  const std::string& name() const noexcept;

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace detail

/// A function running in a process of its own, with a name.
///
/// The function and its arguments follow the rules of process_pool::submit; what it returns is
/// dropped. A function that returns gives code 0; one that throws prints the error to stderr and
/// gives code 1; `std::exit(n)` gives n.
///
/// Threads:  one owner; pid() and name() from anywhere.
/// Lifetime: the destructor asks it to terminate, kills it after a grace of one second, and waits
/// for its end: join()
///           first to let it finish.
/// Wakes:    its end wakes join() and async_join().
/// Order:    what it did before its end is seen after join().
/// Cancel:   cancelling async_join() stops waiting; the process goes on.
/// ```
/// tutti::process p{"resize", resize_all, directory};
/// if (!p.join().ok()) ...
/// ```
/// It is invisible to the program's own `wait`, leaves Ctrl-C to it and never outlives it.
/// Source: `multiprocessing.Process`.
class process {
 public:
  /// Throws std::system_error when the system has no more processes; as process_pool otherwise.
  template <class F, class... A>
  explicit process(std::string_view name, F&& f, A&&... args)
      : body_(make(name, zygote_is_wanted<F>())) {
    using call = wire::remote_call<std::decay_t<F>, A...>;
    const auto memory = [this](detail::pool_call& c, std::size_t bytes) {
      return body_->memory(c, bytes);
    };
    const std::decay_t<F>& callable = f;
    detail::write_call<call>(body_->call(), memory, callable, std::forward<A>(args)...);
    body_->start();
  }
  process(process&&) noexcept = default;
  process& operator=(process&&) noexcept = default;
  ~process() = default;

  /// Waits for its end. The answer stays: it may be asked for again. On a loop's thread it throws
  /// blocking_call.
  exit_status join() { return body_->join(); }
  /// The same, awaited.
  future<exit_status> async_join() { return body_->async_join(); }
  /// Asks it to end (SIGTERM). It may have ended already.
  void terminate() noexcept;
  /// Ends it (SIGKILL).
  void kill() noexcept;
  int pid() const noexcept { return body_->pid(); }
  bool alive() noexcept { return body_->alive(); }
  const std::string& name() const noexcept { return body_->name(); }

 private:
  template <class F>
  static bool zygote_is_wanted() noexcept {
    return detail::zygote_anchor<std::conditional_t<false, F, void>>::requested;
  }
  static std::unique_ptr<detail::process_body> make(std::string_view name, bool requested);

  std::unique_ptr<detail::process_body> body_;
};

}  // namespace tutti
