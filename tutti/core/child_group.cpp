#include <tutti/core/child_group.hpp>

#include <tutti/core/hook.hpp>

namespace tutti::detail {

const wait_kind child_group::joining{"task group", [](wait&) noexcept { return false; }};

void child_group::child_failed(std::exception_ptr error, std::string name) noexcept {
  try {
    sys::lock hold(mu_);
    failures_.push_back({error, std::move(name)});
  } catch (...) {
    // no memory to keep it: better said than lost
    forgot_.store(true, sys::relaxed);
    report_unobserved("a child of a task group", error);
  }
  cancel(cancel_reason::sibling_failed);
}

std::vector<child_group::failure> child_group::take_failures() noexcept {
  sys::lock hold(mu_);
  return std::move(failures_);
}

}  // namespace tutti::detail
