/// \file
/// What stands between work and the one who asks for its result: untyped body and typed slot.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <tutti/base/error.hpp>
#include <tutti/base/function.hpp>
#include <tutti/base/outcome.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/sys/atomic.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::detail {

/// One who wants to know when a future is done. Lies in the waiter's frame or, for on_done, on the
/// heap.
struct completion {
  explicit completion(void (*f)(completion&) noexcept, bool callback = false) noexcept
      : fire(f), is_callback(callback) {}
  completion(const completion&) = delete;
  completion& operator=(const completion&) = delete;
  completion* next = nullptr;
  void (*fire)(completion&) noexcept;
  bool is_callback;  ///< user code: runs before anybody may take the result
};

/// Threads:  add(), remove(), cancel() and done() from anywhere; complete() once, by the work.
/// Lifetime: counted: one share for the work, one for every future.
/// Wakes:    complete() fires every completion, in the order of registration, callbacks first.
/// Order:    the result was stored before done() answers true.
/// Cancel:   remove() takes a waiter out (true), or its firing is certain (false).
///
/// Word: 0 nobody waits; 1 done; else a list of completions, newest first, with bit 1 as its lock
/// while one is taken out of the middle, and bit 2 set once a callback is among them.
class future_base {
 public:
  future_base() noexcept = default;
  future_base(const future_base&) = delete;
  future_base& operator=(const future_base&) = delete;

  bool done() const noexcept { return word_.load(sys::acquire) == is_done; }  // pairs: future.done
  /// The same for people who ask: a step of its own.
  bool looks_done() const noexcept {
    sys::decide_only(sys::operation::look, this);
    return done();
  }
  /// The same on the way to waiting.
  bool done_already() const noexcept {
    sys::reach_further(this);
    return done();
  }
  /// False if it is done already; then `c` was not taken.
  bool add(completion& c) noexcept;
  /// True if `c` was taken out. False: it has been or is about to be fired.
  bool remove(completion& c) noexcept;
  /// Sleeps until done (blocking calls; the caller checked that it may). False if `deadline` passed
  /// first.
  bool block_until_done(time_point deadline);

  /// Asks the work to stop; true if it did or will.
  virtual bool cancel_work(cancel_reason why) noexcept = 0;
  virtual std::string label() = 0;
  /// The task whose result this is, if one is.
  virtual const task_cell* produced_by() const noexcept { return nullptr; }
  /// Throws deadlock if `waiter`, or a task that waits for its end, is the one that would have to
  /// complete this.
  void refuse_own_result(task_cell& waiter) const;

  void retain() noexcept { shares_.fetch_add(1, sys::relaxed); }
  void release() noexcept {
    // The last share needs no read-modify-write: nobody else can change it. pairs: future.shares
    if (shares_.load(sys::acquire) == 1 || shares_.fetch_sub(1, sys::acq_rel) == 1) {
      if (TUTTI_UNLIKELY(failed_)) report_if_unobserved(failure());
      destroy();
    }
  }
  void mark_observed() noexcept { observed_.store(true, sys::relaxed); }
  bool was_cancelled() const noexcept { return cancelled_; }

 protected:
  explicit future_base(unsigned shares) noexcept : shares_(shares) {}
  virtual ~future_base() = default;
  virtual void destroy() noexcept { delete this; }
  /// The result is stored: publishes it and fires everybody.
  void complete() noexcept;
  /// What the work ended with, if that is an error. Asked while the whole object still exists: it
  /// knows its name.
  virtual std::exception_ptr failure() const noexcept = 0;
  void report_if_unobserved(const std::exception_ptr& error) noexcept;

  bool failed_ = false;     ///< the work ended with an error; written before complete()
  bool cancelled_ = false;  ///< the work ended by cancellation; written before complete()

 private:
  static constexpr std::uintptr_t is_done = 1;
  static constexpr std::uintptr_t locked = 2;
  static constexpr std::uintptr_t has_callback = 4;

  sys::atomic<std::uintptr_t> word_{0};
  sys::atomic<unsigned> shares_{2};
  sys::atomic<bool> observed_{false};
};

template <class T>
class future_state : public future_base {
 public:
  outcome<T> result;

  /// Stores and publishes; `cancelled` of the work becomes future_cancelled for those who ask.
  void finish(outcome<T>&& o) noexcept {
    try {
      if (!o.has_value() && is_cancellation(o.exception())) {
        cancelled_ = true;
        result = outcome<T>::failure(future_cancelled_error());
      } else {
        result = std::move(o);
      }
    } catch (...) {
      result = outcome<T>::failure(std::current_exception());
    }
    failed_ = !result.has_value();
    complete();
  }

 protected:
  using future_base::future_base;
  std::exception_ptr failure() const noexcept override { return result.exception(); }
};

}  // namespace tutti::detail
