#include <tutti/core/task_group.hpp>

#include <new>

#include <tutti/core/hook.hpp>

namespace tutti::detail {

std::string own_name() noexcept try { return current_cell().name_text(); } catch (...) {
  return {};  // no memory for a name; the error matters more
}

namespace {
/// Without memory for the group every error goes where errors go that nobody reads.
[[noreturn]] void throw_together(std::vector<child_group::failure>& failures) {
  try {
    std::vector<std::exception_ptr> errors;
    std::vector<std::string> names;
    for (const child_group::failure& f : failures) {
      errors.push_back(f.error);
      names.push_back(f.name);
    }
    throw exception_group(std::move(errors), std::move(names));
  } catch (const std::bad_alloc&) {
    for (const child_group::failure& f : failures) report_unobserved(f.name, f.error);
    throw;
  }
}
}  // namespace

void finish_task_group(child_group& group, bool body_cancelled, bool has_value) {
  std::vector<child_group::failure> failures = group.take_failures();
  if (!failures.empty()) throw_together(failures);
  if (group.forgot_failures()) throw std::bad_alloc();
  if (!body_cancelled && !group.lost_children()) return;
  if (const cancel_reason why = group.effective_above(); why != cancel_reason::none)
    throw cancelled{why};
  if (body_cancelled && has_value)
    throw future_cancelled("the task group was cancelled before its body gave a value");
}

}  // namespace tutti::detail
