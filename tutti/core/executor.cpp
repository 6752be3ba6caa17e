#include <tutti/core/executor.hpp>

#include <algorithm>
#include <string>

#include <tutti/core/scope_guard.hpp>
#include <tutti/sys/world.hpp>

namespace tutti {

// Shutting down, in order:
//   1. the door closes: submit() throws from now on; work admitted before is waited for, whoever
//   submits it;
//   2. pending work is cancelled if that was asked for;
//   3. the executor winds down what is not counted at the door (a loop's background tasks);
//   4. all is quiet: everything counted is done, its futures were completed;
//   5. exactly one of those who wait stops and joins the threads, then lets the others go.

void task_executor::refuse_own_thread() const {
  if (!scheduler_.runs_here()) return;
  throw deadlock(std::string(label()) +
                 " was shut down by work that runs on it, which would wait for itself: shut it "
                 "down from outside");
}

void task_executor::begin_shutdown(shutdown_options options) {
  sys::decide(sys::operation::notify, this);
  const bool first = intake_.close();
  if (options.cancel_pending) {
    intake_.cancel(cancel_reason::shutdown);
    sweep();
  }
  if (first) wind_down();
}

void task_executor::shutdown(shutdown_options options) {
  refuse_own_thread();
  if (!ended_.done()) {
    detail::require_blocking_allowed("shutdown()", "co_await executor.async_shutdown()");
  }
  begin_shutdown(options);
  quiet().wait();
  if (stopping_.exchange(true, sys::relaxed)) {
    ended_.wait();
    return;
  }
  stop();
  set_ended_.set_value();
}

task<void> task_executor::async_shutdown(shutdown_options options) {
  refuse_own_thread();
  begin_shutdown(options);
  const shared_future<void> all_quiet = quiet();
  co_await all_quiet;
  if (stopping_.exchange(true, sys::relaxed)) {
    const shared_future<void> all_ended = ended_;
    co_await all_ended;
    co_return;
  }
  stop();
  set_ended_.set_value();
}

void task_executor::end() noexcept {
  TUTTI_CHECK(!scheduler_.runs_here(),
              "an executor was destroyed by work that runs on it; let somebody outside own it");
  detail::task_cell& self = detail::current_cell();
  detail::cancel_node node(detail::cancel_node::kind::shield, self.scope);
  detail::entered_scope inside(self, node, time_point::max());
  begin_shutdown({});
  // On a loop's thread this blocks the loop, since a destructor can neither throw nor wait
  // otherwise.
  const auto wait_blocking = [](const shared_future<void>& f) noexcept {
    if (!f.done()) f.state()->block_until_done(time_point::max());
  };
  wait_blocking(quiet());
  if (stopping_.exchange(true, sys::relaxed)) {
    wait_blocking(ended_);
    return;
  }
  stop();
  set_ended_.set_value();
}

std::size_t task_executor::chunk_for(std::size_t inputs, std::size_t wished) const noexcept {
  // Enough pieces that a slow one does not make the others wait; on a loop every input gives way to
  // other tasks.
  constexpr std::size_t pieces_per_thread = 32;
  if (wished != 0) return wished;
  if (scheduler_.is_loop()) return 1;
  return std::max<std::size_t>(1, inputs / (pieces_per_thread * width_));
}

}  // namespace tutti
