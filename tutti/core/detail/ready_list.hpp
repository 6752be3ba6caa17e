/// \file
/// Several futures watched by one waiter, who learns of them in the order in which they are done.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <tutti/core/future_state.hpp>
#include <tutti/core/task.hpp>
#include <tutti/sys/mutex.hpp>

namespace tutti::detail {

/// Threads:  one thread or task watches, pops and waits; futures fire from anywhere.
/// Lifetime: counted: the handle has a share, every watched future that has not fired another.
/// Wakes:    the first future that is done while the waiter waits.
/// Order:    futures are popped in the order in which they were done.
/// Cancel:   a wait is withdrawn under the lock; no future that was done is forgotten.
class ready_list {
 public:
  class handle;

 private:
  struct node final : completion {
    node(ready_list& list, std::size_t i) noexcept : completion(&fired), of(list), index(i) {}
    static void fired(completion& c) noexcept;
    ready_list& of;
    std::size_t index;
    future_base* future = nullptr;  ///< owner: the handle's user
    node* next_ready = nullptr;     ///< guarded by mu_
    bool is_ready = false;          ///< guarded by mu_
  };
  /// Somebody who waits for the next one that is ready.
  struct watcher {
    explicit watcher(void (*f)(watcher&) noexcept) noexcept : told(f) {}
    void (*told)(watcher&) noexcept;
  };
  struct waiting;
  struct sleeping;
  /// True if there is something to wait for: nothing is ready, and whoever is next will tell `w`.
  bool enlist(watcher& w) noexcept;
  /// False: a future took it out, and is certain to tell it.
  bool withdraw(watcher& w) noexcept;

  ready_list() noexcept = default;
  void release() noexcept;

  sys::mutex mu_;
  chain<node, &node::next_ready> ready_ TUTTI_GUARDED_BY(mu_);
  watcher* waiter_ TUTTI_GUARDED_BY(mu_) = nullptr;
  std::vector<std::unique_ptr<node>> nodes_;  // owner: the handle's user
  std::unique_ptr<node> spare_;               // owner: the handle's user
  sys::atomic<std::size_t> shares_{1};
};

/// The one who watches. The futures stay alive until they were popped or this is gone.
class ready_list::handle {
 public:
  handle() : list_(new ready_list) {}
  handle(handle&& other) noexcept : list_(std::exchange(other.list_, nullptr)) {}
  handle& operator=(handle&&) = delete;
  ~handle();

  /// After this one watch() cannot fail.
  void make_room();
  /// Watches one more; gives its number, counted from 0.
  std::size_t watch(future_base& f);
  /// The number of a watched future that is done and was not popped before.
  std::optional<std::size_t> pop() noexcept;
  /// Sleeps until pop() gives one. False if `deadline` passed first. Throws cancelled.
  bool block(time_point deadline);

  /// Awaited: goes on when pop() gives one. Throws cancelled.
  class awaiter : public native_awaiter {
   public:
    explicit awaiter(ready_list& list) noexcept;
    awaiter(awaiter&& other) noexcept;
    ~awaiter();
    bool await_ready() const noexcept { return false; }
    template <std::derived_from<promise_base> Promise>
    bool await_suspend(std::coroutine_handle<Promise> h) {
      return suspend(*h.promise().cell, h);
    }
    void await_resume() const;

   private:
    bool suspend(task_cell& cell, std::coroutine_handle<> h);
    ready_list& list_;
    waiting* wait_ = nullptr;  ///< its own, from await_suspend() on
  };
  awaiter more() noexcept { return awaiter(*list_); }

 private:
  ready_list* list_;
};

}  // namespace tutti::detail
