/// \file
/// Awaiting work that refers to what the awaiting one owns.
#pragma once

#include <concepts>
#include <coroutine>
#include <new>
#include <utility>

#include <tutti/core/future.hpp>

namespace tutti::detail {

/// A wait for the end of some work, whatever happens. Cancelling it asks the work to stop; work
/// that cannot be stopped, a plain call that runs already, is waited for too.
struct end_wait : wait, completion {
  end_wait(task_cell& c, future_base& f) noexcept
      : wait(kind_of, c),
        completion([](completion& self) noexcept { static_cast<end_wait&>(self).cell->wake(); }),
        future(f) {}
  bool suspend(std::coroutine_handle<> h);
  /// After the wait: throws cancelled if the work was stopped because its awaiter was cancelled.
  void settle() const;

  static const wait_kind kind_of;
  future_base& future;
};

template <class T>
class end_awaiter : public native_awaiter {
 public:
  explicit end_awaiter(future<T>&& of) noexcept : of_(std::move(of)) {}
  end_awaiter(end_awaiter&& other) noexcept : of_(std::move(other.of_)) {}
  end_awaiter& operator=(end_awaiter&&) = delete;
  ~end_awaiter() {}  // a wait needs no destruction
  bool await_ready() const noexcept { return false; }
  template <std::derived_from<promise_base> Promise>
  bool await_suspend(std::coroutine_handle<Promise> h) {
    return (::new (static_cast<void*>(&wait_)) end_wait(*h.promise().cell, *of_.state()))
        ->suspend(h);
  }
  T await_resume() {
    of_.state()->mark_observed();
    wait_.settle();
    return take<T>(of_.state()->result);
  }

 private:
  future<T> of_;
  union {
    end_wait wait_;  ///< from await_suspend() on
  };
};

/// `co_await until_over(std::move(f))`: as awaiting `f`, but never left while the work runs. For
/// work that refers to the frame or the object of whoever awaits it.
template <class T>
end_awaiter<T> until_over(future<T>&& f) noexcept {
  return end_awaiter<T>(std::move(f));
}

}  // namespace tutti::detail
