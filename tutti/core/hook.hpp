/// \file
/// The seam for listeners: who is told when a task begins, ends, or fails unread.
#pragma once

#include <cstdint>
#include <exception>
#include <source_location>
#include <string>
#include <string_view>

#include <tutti/base/config.hpp>
#include <tutti/base/time.hpp>
#include <tutti/sys/atomic.hpp>

namespace tutti::detail {

class task_cell;

/// Threads:  called on the thread where the thing happens, concurrently with itself.
/// Lifetime: from add_hook() to remove_hook(), which waits until no call is under way.
/// Wakes:    must not block, spawn or wake.
/// Order:    task_created before anything of that task, task_finished after all of it.
/// Cancel:   nothing to cancel.
class hook {
 public:
  virtual ~hook() = default;
  virtual void task_created(task_cell&) noexcept {}
  virtual void task_finished(task_cell&, std::exception_ptr) noexcept {}

 private:
  friend void add_hook(hook&) noexcept;
  friend void remove_hook(hook&) noexcept;
  friend void tell_created(task_cell&) noexcept;
  friend void tell_finished(task_cell&, const std::exception_ptr&) noexcept;
  hook* next_ = nullptr;
};

void add_hook(hook& h) noexcept;
void remove_hook(hook& h) noexcept;

inline sys::atomic<unsigned> hooks_attached{0};
void tell_created(task_cell& cell) noexcept;
void tell_finished(task_cell& cell, const std::exception_ptr& error) noexcept;

/// One relaxed load when nobody listens.
inline void on_created(task_cell& cell) noexcept {
  if (TUTTI_UNLIKELY(hooks_attached.load(sys::relaxed) != 0)) tell_created(cell);
}
inline void on_finished(task_cell& cell, const std::exception_ptr& error) noexcept {
  if (TUTTI_UNLIKELY(hooks_attached.load(sys::relaxed) != 0)) tell_finished(cell, error);
}

/// A task that held its loop for too long.
struct slow_report {
  std::uint64_t id;
  std::string name;
  std::source_location created_at;
  duration took;
};
using slow_handler = void (*)(const slow_report& report) noexcept;
/// Replaces the handler (null: the default, one line on stderr); gives the former one.
slow_handler set_slow_handler(slow_handler handler) noexcept;
void report_slow(const slow_report& report) noexcept;

/// A task was dropped that nobody awaited, spawned or ran; `at` is where its coroutine begins.
using unawaited_handler = void (*)(const std::source_location& at) noexcept;
/// Replaces the handler (null: the default, one line on stderr); gives the former one. Called in
/// debug mode only, from the first run in debug mode on.
unawaited_handler set_unawaited_handler(unawaited_handler handler) noexcept;
void report_unawaited(const std::source_location& at) noexcept;
/// Debug mode: is it worth looking at dropped tasks?
inline sys::atomic<bool> unawaited_is_reported{false};

/// Where an error goes that nobody will ever read. `name` is the task's.
using unobserved_handler = void (*)(std::string_view name,
                                    const std::exception_ptr& error) noexcept;
/// Replaces the handler (null: the default, one line on stderr); gives the former one.
unobserved_handler set_unobserved_handler(unobserved_handler handler) noexcept;
void report_unobserved(std::string_view name, const std::exception_ptr& error) noexcept;

}  // namespace tutti::detail
