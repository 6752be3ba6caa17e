/// \file
/// An event loop in a thread of its own, for programs that are otherwise blocking.
#pragma once

#include <memory>
#include <string_view>

#include <tutti/core/executor.hpp>
#include <tutti/runtime/driver_choice.hpp>

namespace tutti {

/// Options of `event_loop`.
struct event_loop_options {
  std::string_view name = "loop";  ///< of its thread
  io_backend backend = io_backend::automatic;
};

namespace detail {
class loop_thread;
/// Makes the loop before the executor that refers to it.
struct loop_holder {
  explicit loop_holder(event_loop_options options);
  ~loop_holder();
  loop_holder(const loop_holder&) = delete;
  loop_holder& operator=(const loop_holder&) = delete;
  std::unique_ptr<loop_thread> loop;
  scheduler& where() const noexcept;
};
}  // namespace detail

/// Runs coroutines (and short callables) on one loop in a thread of its own. Its tasks never run in
/// parallel with each other; `spawn` inside starts background tasks of this loop, which are
/// cancelled and awaited when it shuts down, after everything submitted is done. See task_executor
/// for the rest.
/// ```
/// tutti::event_loop loop{{.name = "io"}};
/// std::string page = loop.submit(fetch("/")).get();   // from any plain thread
/// ```
/// Source: `asyncio.run_coroutine_threadsafe`, trio's `from_thread`.
class event_loop final : private detail::loop_holder, public task_executor {
 public:
  explicit event_loop(event_loop_options options = {});
  ~event_loop() override;

 private:
  void wind_down() override;
  shared_future<void> quiet() override;
  void stop() noexcept override;
};

}  // namespace tutti
