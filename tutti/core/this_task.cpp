#include <tutti/core/this_task.hpp>

#include <tutti/core/detail/stop_record.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/core/thread_cell.hpp>

namespace tutti {
namespace this_task {

std::uint64_t id() { return detail::current_cell().id(); }
std::string name() { return detail::current_cell().name_text(); }
void set_name(std::string_view name) {
  detail::task_cell& self = detail::current_cell();
  self.context = self.context.with_name(name);
}
bool cancel_requested() noexcept {
  return detail::current_cell().pending_cancel() != cancel_reason::none;
}
void check() { detail::current_cell().checkpoint(); }
std::stop_token stop_token() { return detail::stop_record::of(detail::current_cell()); }
std::optional<time_point> deadline() noexcept {
  detail::task_cell& self = detail::current_cell();
  self.pending_cancel();  // a deadline moved by somebody else is seen now
  if (self.deadline_near == time_point::max()) return std::nullopt;
  return self.deadline_near;
}

}  // namespace this_task

namespace detail {
namespace {
std::string& process_name() {
  union forever {  // outlives every thread, and needs no memory
    forever() noexcept : text() {}
    ~forever() {}
    std::string text;
  };
  static forever kept;
  return kept.text;
}
}  // namespace

void set_process_name(std::string name) { process_name() = std::move(name); }
const std::string& own_process_name() noexcept { return process_name(); }

}  // namespace detail
}  // namespace tutti
