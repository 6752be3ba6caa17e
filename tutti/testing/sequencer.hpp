/// \file
/// Forces an order upon tasks.
#pragma once

#include <concepts>
#include <coroutine>
#include <optional>
#include <utility>
#include <vector>

#include <tutti/base/list.hpp>
#include <tutti/core/task.hpp>
#include <tutti/sys/mutex.hpp>

namespace tutti::testing {

/// Steps 0, 1, 2, … in this order, whoever comes first: `co_await seq(3)` waits until step 2 is
/// over.
///
/// A step is over when the object that the await gives is destroyed: at once for `co_await
/// seq(3);`, at the end of the block for `auto step = co_await seq(3);`. A step used twice is an
/// `error`.
///
/// Threads:  from tasks anywhere.
/// Lifetime: outlives its steps.
/// Wakes:    the end of a step wakes the task of the next.
/// Order:    what happened in a step is seen in later ones.
/// Cancel:   a cancelled step never begins, and those behind it wait on.
/// Source: `trio.testing.Sequencer`.
class sequencer {
 public:
  sequencer() = default;
  sequencer(const sequencer&) = delete;
  sequencer& operator=(const sequencer&) = delete;

  /// Part of sequencer: one step under way.
  class step {
   public:
    explicit step(sequencer& s) noexcept : owner_(&s) {}
    step(step&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
    step& operator=(step&&) = delete;
    ~step() {
      if (owner_ != nullptr) owner_->next();
    }

   private:
    sequencer* owner_;
  };

  class [[nodiscard("co_await it")]] awaiter : public detail::native_awaiter {
   public:
    awaiter(sequencer& s, unsigned n) noexcept : owner_(s), number_(n) {}
    awaiter(awaiter&& other) noexcept : owner_(other.owner_), number_(other.number_) {}
    bool await_ready() const noexcept { return false; }
    template <std::derived_from<detail::promise_base> Promise>
    bool await_suspend(std::coroutine_handle<Promise> h) {
      return owner_.enter(*h.promise().cell, number_, wait_, h);
    }
    step await_resume() const {
      if (wait_) wait_->check();
      return step(owner_);
    }

   private:
    friend class sequencer;
    struct parked : detail::list_node, detail::wait {
      parked(detail::task_cell& c, sequencer& s, unsigned n) noexcept
          : wait(kind_of, c), owner(s), number(n) {}
      static const detail::wait_kind kind_of;
      sequencer& owner;
      unsigned number;
    };
    sequencer& owner_;
    unsigned number_;
    std::optional<parked> wait_;
  };
  awaiter operator()(unsigned n) noexcept { return {*this, n}; }

 private:
  bool enter(detail::task_cell& cell, unsigned n, std::optional<awaiter::parked>& w,
             std::coroutine_handle<> h);
  void next() noexcept;

  sys::mutex mu_;
  detail::list<awaiter::parked> waiting_ TUTTI_GUARDED_BY(mu_);
  std::vector<unsigned> used_ TUTTI_GUARDED_BY(mu_);
  unsigned next_ TUTTI_GUARDED_BY(mu_) = 0;
};

}  // namespace tutti::testing
