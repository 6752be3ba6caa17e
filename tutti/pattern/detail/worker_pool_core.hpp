/// \file
/// The untyped half of `worker_pool`: who waits, how many run, who is started next.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include <tutti/core/context.hpp>
#include <tutti/core/future.hpp>
#include <tutti/sync/queue.hpp>

namespace tutti::detail {

class worker_pool_core;

/// Work that waits for its turn.
class queued_work {
 public:
  queued_work() : context_(current_context()) {}
  virtual ~queued_work() = default;
  /// Its turn: hands it to its executor. Sooner or later the work calls `pool->finished()`, once.
  virtual void start(std::shared_ptr<worker_pool_core> pool) noexcept = 0;
  const context_ref& context() const noexcept { return context_; }

 private:
  context_ref context_;
};

/// Threads:  everything from anywhere.
/// Lifetime: counted; the pool's end() returns when nothing is unfinished.
/// Wakes:    as queue.
/// Order:    as queue: work starts in the order in which it entered.
/// Cancel:   enter and drain as queue.
class worker_pool_core : public std::enable_shared_from_this<worker_pool_core> {
 public:
  struct statistics {
    std::size_t workers;  ///< how many may run at once
    std::size_t running;
    std::size_t queued;
  };

  static std::shared_ptr<worker_pool_core> make(std::size_t workers, std::size_t queue_max);
  worker_pool_core(std::size_t workers, std::size_t queue_max);

  void enter(std::shared_ptr<queued_work> work);
  bool try_enter(std::shared_ptr<queued_work> work);
  auto async_enter(std::shared_ptr<queued_work> work) {
    return waiting_.async_put(std::move(work));
  }
  /// After a put: starts what may start.
  void entered() noexcept { start_more(); }
  /// Work that was started is over.
  void finished() noexcept;

  void drain() { waiting_.join(); }
  auto async_drain() noexcept { return waiting_.async_join(); }
  /// For the destructor: drain() that cannot fail. On a loop it blocks the loop.
  void end() noexcept;
  statistics look() const noexcept;

 private:
  void start_more() noexcept;
  void tell_if_quiet(bool ending) noexcept;
  std::shared_ptr<queued_work> next() noexcept;

  const std::size_t workers_;
  queue<std::shared_ptr<queued_work>> waiting_;
  mutable sys::mutex mu_;
  std::size_t running_ TUTTI_GUARDED_BY(mu_) = 0;
  bool starting_ TUTTI_GUARDED_BY(mu_) = false;  ///< somebody is in start_more()
  bool again_ TUTTI_GUARDED_BY(mu_) = false;     ///< and shall look once more
  bool ending_ TUTTI_GUARDED_BY(mu_) = false;
  bool told_ TUTTI_GUARDED_BY(mu_) = false;
  promise<void> quiet_;  ///< set by who finishes last, once ending
};

}  // namespace tutti::detail
