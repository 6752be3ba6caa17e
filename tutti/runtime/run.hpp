/// \file
/// From `main` into tasks and back: `run` and `runner`.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <tutti/core/scope_guard.hpp>
#include <tutti/core/spawned.hpp>
#include <tutti/runtime/driver_choice.hpp>

namespace tutti {

/// Options of `run` and `runner`.
struct run_options {
  ///< of the main task; what it starts inherits it
  std::string name{};
  ///< slow callbacks are reported; also by TUTTI_DEBUG=1
  bool debug = false;
  duration slow_callback = std::chrono::milliseconds(100);  ///< what counts as slow
  ///< the first Ctrl-C cancels main, the second ends the program
  bool handle_sigint = true;
  io_backend backend = io_backend::automatic;
  ///< threads with a loop each; a task stays on its own
  unsigned loops = 1;
};

namespace detail {

/// The loops of a runner and the scope of one run on them.
class run_session;

/// Main, then the end of everything it left behind.
template <class T>
task<T> main_task(root_scope& background, task<T> main) {
  task_cell& self = co_await this_cell();
  self.run_scope = &background;
  outcome<T> o;
  try {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(main);
      o.emplace();
    } else {
      o.emplace(co_await std::move(main));
    }
  } catch (...) {
    o = outcome<T>::failure(std::current_exception());
  }
  background.owner = &self;
  background.cancel(cancel_reason::shutdown);
  co_await background.join();
  co_return take<T>(o);
}

}  // namespace detail

/// Keeps one loop for several runs, one after the other, on the thread that made it. Source:
/// `asyncio.Runner`.
///
/// Errors: `error` when a run is started inside a run (await the task instead).
class runner {
 public:
  explicit runner(run_options options = {});
  ~runner();
  runner(const runner&) = delete;
  runner& operator=(const runner&) = delete;

  /// Runs `main` to its end, then cancels and awaits what it spawned. Gives its value or throws
  /// what it threw; `interrupted` after Ctrl-C.
  template <class T>
  T run(task<T> main) {
    const session_guard session(*this);
    future<T> result = detail::start_task<T>(first_loop(), parent_scope(), nullptr, false,
                                             detail::main_task<T>(background(), std::move(main)),
                                             main_options(), std::source_location::current());
    drive(*result.state());
    detail::future_state<T>& state = *result.state();
    state.mark_observed();
    if (state.was_cancelled()) throw_cancelled();
    return detail::take<T>(state.result);
  }

 private:
  class session_guard {
   public:
    explicit session_guard(runner& r);
    ~session_guard();
    session_guard(const session_guard&) = delete;
    session_guard& operator=(const session_guard&) = delete;

   private:
    runner& runner_;
  };
  detail::scheduler& first_loop() noexcept;
  detail::cancel_node* parent_scope() const noexcept;
  detail::root_scope& background() noexcept;
  task_options main_options() const noexcept;
  void drive(detail::future_base& main);
  [[noreturn]] void throw_cancelled();

  std::unique_ptr<detail::run_session> session_;
};

/// Runs `main` on an event loop on the calling thread until it ends, then cancels and awaits what
/// it left behind.
///
/// Result: main's value; what it threw is thrown. The first Ctrl-C cancels main and `run` throws
/// `interrupted` after clean-up; the second ends the program. Inside a run it throws `error`: await
/// the task instead.
/// ```
/// int main() { return tutti::run(amain()); }
/// ```
/// Source: `asyncio.run`.
template <class T>
T run(task<T> main, run_options options = {}) {
  return runner(std::move(options)).run(std::move(main));
}

}  // namespace tutti
