/// \file
/// A pool of threads for callables and coroutines.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <tutti/base/function.hpp>
#include <tutti/base/time.hpp>
#include <tutti/core/executor.hpp>

namespace tutti {

/// Options of `thread_pool`.
struct thread_pool_options {
  unsigned threads = 0;                       ///< 0: the CPUs this process may use
  std::string_view name = "pool";             ///< of the pool; its threads are name-0, name-1, …
  detail::function<void()> initializer = {};  ///< called once in every thread before it takes work
};

namespace detail {
class thread_pool_core;
/// Makes the pool's body before the executor that refers to it.
struct thread_pool_holder {
  explicit thread_pool_holder(thread_pool_options options);
  ~thread_pool_holder();
  thread_pool_holder(const thread_pool_holder&) = delete;
  thread_pool_holder& operator=(const thread_pool_holder&) = delete;
  std::unique_ptr<thread_pool_core> core;
};
}  // namespace detail

/// What one thread of a pool did since the pool was made.
struct worker_stats {
  duration busy{};          ///< not asleep: tasks, and looking for some
  duration idle{};          ///< asleep for want of tasks
  std::uint64_t ran = 0;    ///< tasks, and pieces of parallel calls that it took over
  std::uint64_t taken = 0;  ///< of these: taken from other threads of the pool
  /// The share of its life that it was busy, from 0 to 1.
  double utilisation() const noexcept;
};

/// What a pool did and does; a moment's picture, for people.
struct thread_pool_stats {
  unsigned threads = 0;
  unsigned idle = 0;       ///< threads asleep
  std::size_t queued = 0;  ///< ready tasks that no thread has taken
  std::vector<worker_stats> workers;

  /// The mean of its threads. For a stretch of time: `now.since(before).utilisation()`.
  double utilisation() const noexcept;
  /// What happened after `earlier`, an older picture of the same pool, was taken.
  thread_pool_stats since(const thread_pool_stats& earlier) const;
};

/// Threads that run submitted callables and coroutines; without work they use no CPU.
///
/// `co_await on(pool, gather(left(), right()))` is fork-join: children may be taken by idle
/// threads. A pool thread that waits for a future (`get()`) runs other work of the pool meanwhile,
/// so tasks may wait for tasks they submitted. What an initializer throws, the constructor throws.
/// The destructor waits for everything submitted. See task_executor for threads, lifetime, order
/// and cancellation.
/// ```
/// tutti::thread_pool pool{{.threads = 4, .name = "cpu"}};
/// int nine = pool.submit(square, 3).get();
/// ```
/// Source: `concurrent.futures.ThreadPoolExecutor`.
class thread_pool final : private detail::thread_pool_holder, public task_executor {
 public:
  explicit thread_pool(thread_pool_options options = {});
  ~thread_pool() override;

  /// Its threads.
  unsigned size() const noexcept;
  thread_pool_stats stats() const;

 private:
  void sweep() noexcept override;
  void stop() noexcept override;
};

}  // namespace tutti
