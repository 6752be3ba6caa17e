/// \file
/// Waiting for time to pass, and giving way.
#pragma once

#include <concepts>
#include <coroutine>
#include <optional>

#include <tutti/base/time.hpp>
#include <tutti/core/task.hpp>
#include <tutti/core/timer.hpp>

namespace tutti {
namespace detail {

struct sleep_wait : timer, wait {
  explicit sleep_wait(task_cell& c) noexcept
      : timer([](timer& t) noexcept { static_cast<sleep_wait&>(t).cell->wake(); }),
        wait(kind_of, c) {}
  bool suspend(time_point until, std::coroutine_handle<> h);
  static const wait_kind kind_of;
};

class [[nodiscard("co_await it: a sleep that is not awaited does nothing")]] sleep_awaiter
    : public native_awaiter {
 public:
  explicit sleep_awaiter(duration d) noexcept : for_(d), until_(time_point::max()) {}
  explicit sleep_awaiter(time_point t) noexcept : for_(duration::max()), until_(t) {}
  sleep_awaiter(sleep_awaiter&& other) noexcept : for_(other.for_), until_(other.until_) {}

  bool await_ready() const noexcept { return false; }
  template <std::derived_from<promise_base> Promise>
  bool await_suspend(std::coroutine_handle<Promise> h) {
    return suspend(*h.promise().cell, h);
  }
  void await_resume() {
    if (wait_) {
      wait_->check();
    } else {
      cell_->checkpoint();
    }
  }

 private:
  bool suspend(task_cell& cell, std::coroutine_handle<> h);
  duration for_;
  time_point until_;
  task_cell* cell_ = nullptr;
  std::optional<sleep_wait> wait_;
};

class [[nodiscard("co_await it: a yield that is not awaited does nothing")]] yield_awaiter
    : public native_awaiter {
 public:
  yield_awaiter() noexcept {}
  bool await_ready() const noexcept { return false; }
  template <std::derived_from<promise_base> Promise>
  void await_suspend(std::coroutine_handle<Promise> h) {
    cell_ = h.promise().cell;
    cell_->checkpoint();
    cell_->reschedule(h);
  }
  void await_resume() const { cell_->checkpoint(); }

 private:
  task_cell* cell_ = nullptr;
};

}  // namespace detail

/// Waits for `d`. A checkpoint, also for zero or negative durations, which only let others run;
/// `duration::max()` waits until cancelled. `sleep(1)` does not compile: say what the 1 is,
/// `sleep(1s)`. Completes: at or after the time, never before. Cancel: at once. Source:
/// `asyncio.sleep`.
inline detail::sleep_awaiter sleep(detail::timespan d) noexcept {
  return detail::sleep_awaiter(d.value());
}
unsigned sleep(std::integral auto) = delete;

/// Waits until `clock::now() >= t`; otherwise as sleep.
inline detail::sleep_awaiter sleep_until(time_point t) noexcept { return detail::sleep_awaiter(t); }

/// Lets every other ready task run once before this one goes on. A checkpoint. Source:
/// `asyncio.sleep(0)`.
inline detail::yield_awaiter yield() noexcept { return detail::yield_awaiter(); }

}  // namespace tutti
