#include <tutti/core/hook.hpp>

#include <cstdio>
#include <string>

#include <tutti/base/error.hpp>
#include <tutti/core/async_trace.hpp>
#include <tutti/core/detail/unread_error.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/sys/mutex.hpp>

namespace tutti::detail {
namespace {
sys::mutex hooks_lock;
hook* first_hook = nullptr;  // guarded by hooks_lock
sys::atomic<unobserved_handler> unobserved{nullptr};
thread_local constinit const task_cell* unread_task = nullptr;

void print_unobserved(std::string_view name, const std::exception_ptr& error) noexcept try {
  const std::string text = error_text(error);
  const task_cell* const task = task_of_unread();
  std::string place;
  if (task != nullptr && task->created_at.line() != 0 && !is_of_the_house(task->created_at)) {
    place = std::string(" (started at ") + task->created_at.file_name() + ":" +
            std::to_string(task->created_at.line()) + ")";
  }
  std::fprintf(stderr, "tutti: nobody read the error of \"%.*s\"%s: %s\n",
               static_cast<int>(name.size()), name.data(), place.c_str(), text.c_str());
} catch (...) {
  std::fputs("tutti: nobody read an error, and there was no memory to say which\n", stderr);
}
}  // namespace

const task_cell* task_of_unread() noexcept { return unread_task; }
unread_error::unread_error(const task_cell* task) noexcept { unread_task = task; }
unread_error::~unread_error() { unread_task = nullptr; }

void add_hook(hook& h) noexcept {
  sys::lock hold(hooks_lock);
  h.next_ = first_hook;
  first_hook = &h;
  hooks_attached.fetch_add(1, sys::relaxed);
}

void remove_hook(hook& h) noexcept {
  sys::lock hold(hooks_lock);
  for (hook** at = &first_hook; *at != nullptr; at = &(*at)->next_) {
    if (*at != &h) continue;
    *at = h.next_;
    hooks_attached.fetch_sub(1, sys::relaxed);
    return;
  }
}

// Listeners are called under the lock: that is what lets remove_hook() promise that no call is
// under way.
void tell_created(task_cell& cell) noexcept {
  sys::lock hold(hooks_lock);
  for (hook* h = first_hook; h != nullptr; h = h->next_) h->task_created(cell);
}

void tell_finished(task_cell& cell, const std::exception_ptr& error) noexcept {
  sys::lock hold(hooks_lock);
  for (hook* h = first_hook; h != nullptr; h = h->next_) h->task_finished(cell, error);
}

unobserved_handler set_unobserved_handler(unobserved_handler handler) noexcept {
  return unobserved.exchange(handler, sys::acq_rel);  // pairs: unobserved
}

void report_unobserved(std::string_view name, const std::exception_ptr& error) noexcept {
  const unobserved_handler handler = unobserved.load(sys::acquire);  // pairs: unobserved
  (handler != nullptr ? handler : &print_unobserved)(name, error);
}

namespace {
sys::atomic<slow_handler> slow{nullptr};
}

slow_handler set_slow_handler(slow_handler handler) noexcept {
  return slow.exchange(handler, sys::acq_rel);  // pairs: slow_handler
}

void report_slow(const slow_report& report) noexcept {
  // pairs: slow_handler
  if (const slow_handler handler = slow.load(sys::acquire); handler != nullptr) {
    handler(report);
    return;
  }
  const double ms = std::chrono::duration<double, std::milli>(report.took).count();
  std::fprintf(stderr,
               "tutti: task \"%s\" ran %.0f ms without waiting and held up its loop (%s:%u); "
               "move the work to to_thread or a pool\n",
               report.name.c_str(), ms, report.created_at.file_name(), report.created_at.line());
}

namespace {
sys::atomic<unawaited_handler> unawaited{nullptr};
}

unawaited_handler set_unawaited_handler(unawaited_handler handler) noexcept {
  return unawaited.exchange(handler, sys::acq_rel);  // pairs: unawaited_handler
}

void report_unawaited(const std::source_location& at) noexcept try {
  // pairs: unawaited_handler
  if (const unawaited_handler handler = unawaited.load(sys::acquire); handler != nullptr) {
    handler(at);
    return;
  }
  std::fprintf(stderr, "tutti: %s (%s:%u) was never awaited; co_await it, spawn it or run it\n",
               function_of(at).c_str(), at.file_name(), at.line());
} catch (...) {
  std::fputs("tutti: a task was never awaited, and there was no memory to say which\n", stderr);
}

}  // namespace tutti::detail
