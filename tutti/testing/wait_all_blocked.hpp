/// \file
/// The moment at which nothing else can happen.
#pragma once

#include <concepts>
#include <coroutine>
#include <optional>

#include <tutti/core/task.hpp>
#include <tutti/testing/detail/quiet_wait.hpp>

namespace tutti {
namespace detail {

class [[nodiscard("co_await it")]] quiet_awaiter : public native_awaiter {
 public:
  quiet_awaiter() noexcept {}
  quiet_awaiter(quiet_awaiter&&) noexcept {}
  bool await_ready() const noexcept { return false; }
  template <std::derived_from<promise_base> Promise>
  bool await_suspend(std::coroutine_handle<Promise> h) {
    return suspend(*h.promise().cell, h);
  }
  void await_resume() const { wait_->check(); }

 private:
  struct parked : wait, quiet_wait {
    explicit parked(task_cell& c) noexcept : wait(kind_of, c) { waiter = &c; }
    static const wait_kind kind_of;
  };
  bool suspend(task_cell& cell, std::coroutine_handle<> h);
  std::optional<parked> wait_;
};

}  // namespace detail

namespace testing {

/// Waits until nothing else in the simulation can run: every other task and thread waits. Comes
/// before the clock, which stands still meanwhile. Only in a simulation; elsewhere it throws
/// `error`.
///
/// Completes: when all others wait; several waiters are woken one after the other. Cancel: at once.
/// Source: `trio.testing.wait_all_tasks_blocked`.
inline detail::quiet_awaiter wait_all_blocked() noexcept { return {}; }

}  // namespace testing
}  // namespace tutti
