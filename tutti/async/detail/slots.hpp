/// \file
/// A number of places on one loop; who finds none free waits.
#pragma once

#include <cstddef>
#include <utility>

#include <tutti/async/detail/io_engine.hpp>

namespace tutti::detail {

/// Something happened on this loop: a readiness that nobody but its own tasks signals.
///
/// Threads:  the tasks of one loop.
/// Lifetime: outlives its waiters.
/// Wakes:    as readiness.
/// Order:    as readiness.
/// Cancel:   as readiness.
class local_event final : public readiness {
 public:
  void prepare_wait(scheduler&) override {}
};

/// Threads:  the tasks of one loop; one takes.
/// Lifetime: outlives its holders.
/// Wakes:    a holder that goes wakes the one that waits.
/// Order:    none.
/// Cancel:   a cancelled take() holds nothing.
class slots {
 public:
  explicit slots(std::size_t n) noexcept : free_(n) {}

  class holder {
   public:
    explicit holder(slots& of) noexcept : of_(&of) { --of.free_; }
    holder(holder&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
    holder& operator=(holder&&) = delete;
    ~holder() {
      if (of_ == nullptr) return;
      ++of_->free_;
      of_->freed_.signal(direction::read);
    }

   private:
    slots* of_;
  };
  task<holder> take();

 private:
  std::size_t free_;
  local_event freed_;
};

}  // namespace tutti::detail
