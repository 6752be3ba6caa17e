/// \file
/// System calls that block, made on side threads of a loop: name look-ups, files without io_uring.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include <tutti/base/annotations.hpp>
#include <tutti/base/outcome.hpp>
#include <tutti/core/scope_guard.hpp>
#include <tutti/core/task.hpp>
#include <tutti/sys/mutex.hpp>
#include <tutti/sys/parker.hpp>
#include <tutti/sys/thread.hpp>

namespace tutti::detail {

/// One call, shared by the task that waits and the thread that makes it.
///
/// Threads:  run_and_tell() by a worker; the rest by the task's loop.
/// Lifetime: shared.
/// Wakes:    the waiting task, once, when the call has ended.
/// Order:    what the call did is seen by the woken task.
/// Cancel:   the task leaves at once; a call that has not begun is dropped, one under way ends by
/// itself and its result
///           is destroyed.
class offload_call {
 public:
  offload_call() noexcept = default;
  offload_call(const offload_call&) = delete;
  offload_call& operator=(const offload_call&) = delete;
  virtual ~offload_call() = default;
  /// Its result is written where the waiting task owns it: the task stays until the end.
  bool stays = false;  // fixed before submit
  void run_and_tell() noexcept;
  void waiter_is(task_cell& cell) noexcept;
  /// False: it is done, the wake is certain.
  bool give_up() noexcept;

 protected:
  virtual void run() noexcept = 0;

 private:
  sys::mutex mu_;
  task_cell* waiter_ TUTTI_GUARDED_BY(mu_) = nullptr;
  bool is_done_ TUTTI_GUARDED_BY(mu_) = false;
};

/// The side threads of one loop; started when needed, joined with the loop.
///
/// Threads:  submit() by the loop's thread.
/// Lifetime: the loop's; the destructor waits for the calls under way.
/// Wakes:    submit() wakes an idle worker, or starts one.
/// Order:    calls begin in the order in which they were submitted.
/// Cancel:   see offload_call.
class offload_threads {
 public:
  static constexpr std::size_t threads_max = 16;
  offload_threads();
  offload_threads(const offload_threads&) = delete;
  offload_threads& operator=(const offload_threads&) = delete;
  ~offload_threads();
  void submit(std::shared_ptr<offload_call> call);

 private:
  struct worker;
  void start_one();
  void work(worker& self) noexcept;
  sys::mutex mu_;
  std::deque<std::shared_ptr<offload_call>> calls_ TUTTI_GUARDED_BY(mu_);
  std::vector<worker*> idle_ TUTTI_GUARDED_BY(mu_);
  bool is_closed_ TUTTI_GUARDED_BY(mu_) = false;
  std::vector<std::unique_ptr<worker>> workers_;  // owner: the loop's thread
};

/// Waits for a call on the side threads of the awaiting task's loop.
class offload_awaiter : public native_awaiter {
 public:
  explicit offload_awaiter(std::shared_ptr<offload_call> call) noexcept : call_(std::move(call)) {}
  offload_awaiter(offload_awaiter&& other) noexcept : call_(std::move(other.call_)) {}
  bool await_ready() const noexcept { return false; }
  template <std::derived_from<promise_base> Promise>
  bool await_suspend(std::coroutine_handle<Promise> h) {
    return suspend(*h.promise().cell, h);
  }
  void await_resume() const { wait_->check(); }

 private:
  struct call_wait : wait {
    call_wait(task_cell& c, offload_call& of) noexcept : wait(kind_of, c), call(of) {}
    offload_call& call;
    static const wait_kind kind_of;
  };
  bool suspend(task_cell& cell, std::coroutine_handle<> h);
  std::shared_ptr<offload_call> call_;
  std::optional<call_wait> wait_;
};

template <class R, class... Args>
class offloaded_function final : public offload_call {
 public:
  offloaded_function(R (*fn)(Args...), std::decay_t<Args>... args)
      : fn_(fn), args_(std::move(args)...) {}
  outcome<R> result;

 private:
  void run() noexcept override {
    try {
      if constexpr (std::is_void_v<R>) {
        std::apply(fn_, std::move(args_));
        result.emplace();
      } else {
        result.emplace(std::apply(fn_, std::move(args_)));
      }
    } catch (...) {
      result = outcome<R>::failure(std::current_exception());
    }
  }
  R (*fn_)(Args...);
  std::tuple<std::decay_t<Args>...> args_;
};

/// `fn(args...)` on a side thread. The arguments are copied; what they point to must outlive the
/// call, not only the wait.
template <class R, class... Args>
task<R> offload(R (*fn)(Args...), std::type_identity_t<std::decay_t<Args>>... args) {
  auto made = std::make_shared<offloaded_function<R, Args...>>(fn, std::move(args)...);
  std::shared_ptr<offload_call> call = made;
  co_await offload_awaiter(std::move(call));
  co_return std::move(made->result).value();
}

/// The same, but cancellation waits for the end of the call: for those that use the task's own
/// memory.
template <class R, class... Args>
task<R> offload_to_the_end(R (*fn)(Args...), std::type_identity_t<std::decay_t<Args>>... args) {
  auto made = std::make_shared<offloaded_function<R, Args...>>(fn, std::move(args)...);
  made->stays = true;
  std::shared_ptr<offload_call> call = made;
  co_await offload_awaiter(std::move(call));
  co_return std::move(made->result).value();
}

}  // namespace tutti::detail
