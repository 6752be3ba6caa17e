#include <tutti/core/task_group.hpp>

namespace tutti::detail {

std::string own_name() { return current_cell().name_text(); }

void finish_task_group(child_group& group, bool body_cancelled, bool has_value) {
  std::vector<child_group::failure> failures = group.take_failures();
  if (!failures.empty()) {
    std::vector<std::exception_ptr> errors;
    std::vector<std::string> names;
    for (child_group::failure& f : failures) {
      errors.push_back(std::move(f.error));
      names.push_back(std::move(f.name));
    }
    throw exception_group(std::move(errors), std::move(names));
  }
  if (!body_cancelled && !group.lost_children()) return;
  if (const cancel_reason why = group.effective_above(); why != cancel_reason::none)
    throw cancelled{why};
  if (body_cancelled && has_value)
    throw future_cancelled("the task group was cancelled before its body gave a value");
}

}  // namespace tutti::detail
