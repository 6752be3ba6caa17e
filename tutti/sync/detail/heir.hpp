/// \file
/// Who takes a lock next, while the lock is free and he has still to run.
#pragma once

#include <utility>

#include <tutti/sync/detail/wait_list.hpp>
#include <tutti/sys/futex.hpp>

namespace tutti::detail {

/// A thread that was woken to take a lock for itself. Until it runs others may take it before, at
/// most `overtakings_max` times; then it is handed over. A lock that is handed to a thread asleep
/// stands still until that thread runs, and threads that take turns would sleep at each turn.
///
/// Threads:  every call under the lock of the primitive it belongs to.
/// Lifetime: part of its primitive; empty when that is destroyed.
/// Wakes:    nobody: who appoints an heir owes it a wake.
/// Order:    that of the lock.
/// Cancel:   an heir cannot be aborted, it is in no list; it takes the lock and gives it back.
class heir {
 public:
  /// May `w` be woken to try, or must it be handed the lock? A task cannot try: it resumes with it.
  static bool may_be(const waiter& w) noexcept {
    return w.blocks && w.overtaken < waiter::overtakings_max;
  }
  void appoint(waiter& w) noexcept { who_ = &w; }
  explicit operator bool() const noexcept { return who_ != nullptr; }
  bool is(const waiter& w) const noexcept { return who_ == &w; }
  /// May somebody who comes now take the lock if it is free?
  bool lets_others() const noexcept {
    return who_ == nullptr || who_->overtaken < waiter::overtakings_max;
  }
  /// Somebody took it.
  void overtake() noexcept {
    if (who_ != nullptr) ++who_->overtaken;
  }
  /// It is no heir any more: it has the lock.
  waiter* inherits() noexcept { return std::exchange(who_, nullptr); }
  /// It has run in vain and goes back to the head of the line. That counts as several overtakings,
  /// so that few of such runs are needed.
  void returns_to(wait_list& line) noexcept {
    waiter& w = *inherits();
    w.overtaken += waiter::overtakings_max / 4;
    line.push_front(w);
  }

 private:
  waiter* who_ = nullptr;
};

/// As require_no_waiters(guard, list, text), and no heir either.
inline void require_no_waiters(sys::mutex& guard, wait_list& list, const heir& next,
                               const char* text) noexcept {
  require_no_waiters(guard, list, text);
  TUTTI_CHECK(!next, text);
}

/// For wait_rule::again: asks `try_once(last)` a few times, the last time with `last`. It answers
/// `have`, or `no`; after `no` at the last time the waiter is in its list again.
template <class Try>
bool try_as_heir(Try try_once) noexcept {
  for (unsigned round = sys::spin_rounds() / 4; round > 0; --round) {
    if (try_once(false)) return false;
    for (int i = 0; i < 4; ++i) sys::cpu_relax();
  }
  return !try_once(true);
}

}  // namespace tutti::detail
