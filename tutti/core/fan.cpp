#include <tutti/core/fan.hpp>

namespace tutti::detail {

const wait_kind fan_scope::joining{"gather", [](wait&) noexcept { return false; }};

std::coroutine_handle<> fan_scope::arrive(unsigned index, const std::exception_ptr& error,
                                          task_cell& child) noexcept {
  const bool failed = error != nullptr && !is_cancellation(error);
  const bool counts = rule_ == rule::first_failure
                          ? failed
                          : rule_ == rule::first_finish && (failed || error == nullptr);
  if (counts) {
    unsigned expected = nobody;
    if (decided_.compare_exchange(expected, index, sys::relaxed, sys::relaxed)) {
      cancel(cancel_reason::sibling_failed);
    } else if (failed) {
      std::string name;
      try {
        name = child.name_text();
      } catch (...) {
        name.clear();
      }
      report_unobserved(name, error);
    }
  }
  task_cell* const waiter = wait_.cell;
  if (live_.fetch_sub(1, sys::acq_rel) != 1) return std::noop_coroutine();  // pairs: fan_scope.live
  return waiter->wake_here();
}

void fan_scope::throw_child_cancelled() {
  if (const cancel_reason why = effective_above(); why != cancel_reason::none) throw cancelled{why};
  throw future_cancelled("a child was cancelled");
}

}  // namespace tutti::detail
