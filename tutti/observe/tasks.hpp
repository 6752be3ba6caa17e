/// \file
/// The tasks of this process as data: who runs, who waits, for what, since where.
#pragma once

#include <cstdint>
#include <exception>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include <tutti/base/function.hpp>
#include <tutti/base/time.hpp>

namespace tutti::observe {

/// Where a task is in its life.
enum class task_state : unsigned char { running, parked };

/// One task at one moment.
struct task_info {
  std::uint64_t id = 0;
  std::string name;
  task_state state = task_state::running;
  ///< what a parked task waits for: "sleep", "mutex.lock"; else empty
  std::string waits_at;
  ///< the task that waits for this one's end, where that is known
  std::optional<std::uint64_t> awaited_by;
  std::string created_at;  ///< "file:line" of the call that started it
  ///< of a parked task: its coroutines, innermost first, "function (file:line)" of the co_await
  std::vector<std::string> frames;
};

/// Every task that has waited at least once and is not done (a task that never waits is found by
/// nobody; one that is just running is named by its number unless it is the caller). Tasks are held
/// still one at a time while they are read; nothing is stopped as a whole. Safe from any thread.
/// Source: `asyncio.all_tasks`, `asyncio ps`.
std::vector<task_info> tasks();

/// The await tree: a line for each task, below it one for each coroutine in which it waits (the
/// innermost first), then its children, indented below the task that awaits them.
/// ```
/// main #1  waits in gather  (started at run.hpp:90)
///   in crawl (crawler.cpp:31)
///   fetch #2  waits in net.read  (started at crawler.cpp:31)
///     in read_page (crawler.cpp:12)
///     in fetch (crawler.cpp:20)
/// ```
/// Source: Python 3.14's `asyncio.print_call_graph`.
void dump(std::ostream& out);

/// Counts in the text format of Prometheus.
void metrics(std::ostream& out);

/// Who gets errors that nobody will read, instead of a line on stderr: any callable, of which it
/// keeps a copy. It may be called from any thread, also at once from several, and must not throw;
/// null restores the default. A call that runs while another one is set ends with the old one.
/// ```
/// tutti::observe::on_unobserved_error(
///     [&log](const tutti::observe::task_info& task, std::exception_ptr) { log.add(task.name); });
/// ```
/// Source: `loop.set_exception_handler`, `threading.excepthook`.
void on_unobserved_error(detail::function<void(const task_info&, std::exception_ptr)> handler);

/// Who is told that a task held its loop longer than `run_options.slow_callback` (in debug mode),
/// and for how long; otherwise as on_unobserved_error().
void on_slow_callback(detail::function<void(const task_info&, duration)> handler);

}  // namespace tutti::observe
