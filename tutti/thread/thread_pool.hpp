/// \file
/// A pool of threads for callables and coroutines.
#pragma once

#include <memory>
#include <string_view>

#include <tutti/base/function.hpp>
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

/// What a pool did and does; a moment's picture, for people.
struct thread_pool_stats {
  unsigned threads = 0;
  unsigned idle = 0;       ///< threads asleep
  std::size_t queued = 0;  ///< ready tasks that no thread has taken
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
  thread_pool_stats stats() const noexcept;

 private:
  void sweep() noexcept override;
  void stop() noexcept override;
};

}  // namespace tutti
