#include <tutti/observe/tasks.hpp>

#include <algorithm>
#include <memory>
#include <ostream>
#include <utility>

#include <tutti/core/async_trace.hpp>
#include <tutti/core/detail/unread_error.hpp>
#include <tutti/core/hook.hpp>
#include <tutti/core/task.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/sys/mutex.hpp>

namespace tutti::observe {
namespace {

std::string place_of(const std::source_location& site) {
  // `submit` takes any number of arguments, so it cannot ask where it is called.
  if (site.line() == 0 || detail::is_of_the_house(site)) return {};
  return std::string(site.file_name()) + ":" + std::to_string(site.line());
}

void read_frame(const std::source_location& at, void* data) {
  if (detail::is_of_the_house(at)) return;
  static_cast<task_info*>(data)->frames.push_back(detail::function_of(at) + " (" + place_of(at) +
                                                  ")");
}

/// Reads a task that cannot run meanwhile: it is parked and held, or it is the caller.
void read(detail::task_cell& cell, bool parked, std::vector<task_info>& out) {
  task_info info;
  info.id = cell.id();
  info.name = cell.name_text();
  info.state = parked ? task_state::parked : task_state::running;
  if (parked) {
    if (const auto* kind = cell.waits_at.load(sys::relaxed)) info.waits_at = kind->verb;
    detail::promise_base::for_each_frame(cell, &read_frame, &info);
  }
  info.created_at = place_of(cell.created_at);
  if (detail::task_cell* const up = cell.awaited_by.load(sys::relaxed)) info.awaited_by = up->id();
  out.push_back(std::move(info));
}

void visit(detail::task_cell& cell, void* data) {
  auto& out = *static_cast<std::vector<task_info>*>(data);
  if (cell.is_thread()) return;
  if (&cell == detail::running_cell()) {
    read(cell, false, out);
  } else if (cell.hold_still()) {
    try {
      read(cell, true, out);
    } catch (...) {
      cell.unclaim();
      throw;
    }
    cell.unclaim();
  } else {
    task_info info;
    info.id = cell.id();
    info.name = "task-" + std::to_string(info.id);
    info.created_at = place_of(cell.created_at);
    out.push_back(std::move(info));
  }
}

void print_below(const std::vector<task_info>& all, std::optional<std::uint64_t> parent,
                 unsigned depth, std::ostream& out) {
  constexpr unsigned depth_max = 64;
  for (const task_info& t : all) {
    const bool is_root =
        !t.awaited_by || std::none_of(all.begin(), all.end(),
                                      [&t](const task_info& up) { return up.id == *t.awaited_by; });
    if (parent ? t.awaited_by != parent : !is_root) continue;
    out << std::string(2 * static_cast<std::size_t>(depth), ' ') << t.name << " #" << t.id;
    out << (t.state == task_state::parked ? "  waits in " + t.waits_at : std::string("  running"));
    if (!t.created_at.empty()) out << "  (started at " << t.created_at << ")";
    out << '\n';
    for (const std::string& f : t.frames) {
      out << std::string(2 * static_cast<std::size_t>(depth) + 2, ' ') << "in " << f << '\n';
    }
    if (depth < depth_max) print_below(all, t.id, depth + 1, out);
  }
}

/// Whom to tell.
///
/// Threads:  everything from anywhere; the handler is called without the lock.
/// Lifetime: as long as the program: errors are told until its last moment.
/// Wakes:    nobody.
/// Order:    a handler that was set is seen by whoever tells something later.
/// Cancel:   cannot be.
template <class... Args>
class told_to {
 public:
  using handler = detail::function<void(Args...)>;

  /// True if there is somebody now.
  bool set(handler h) {
    const bool somebody = static_cast<bool>(h);
    auto fresh = somebody ? std::make_shared<handler>(std::move(h)) : nullptr;
    const sys::lock hold(mu_);
    to_.swap(fresh);
    return somebody;  // the former one ends with its last call, or here
  }
  void tell(Args... args) noexcept {
    if (const std::shared_ptr<handler> to = here()) (*to)(args...);
  }

 private:
  std::shared_ptr<handler> here() noexcept {
    const sys::lock hold(mu_);
    return to_;
  }

  sys::mutex mu_;
  std::shared_ptr<handler> to_ TUTTI_GUARDED_BY(mu_);
};

template <class... Args>
told_to<Args...>& handler_of() {
  static told_to<Args...>& only = *new told_to<Args...>;
  return only;
}
auto& unobserved() { return handler_of<const task_info&, std::exception_ptr>(); }
auto& slow() { return handler_of<const task_info&, duration>(); }
sys::atomic<std::uint64_t> unobserved_count{0};

void tell_unobserved(std::string_view name, const std::exception_ptr& error) noexcept {
  unobserved_count.fetch_add(1, sys::relaxed);
  task_info info;
  try {
    info.name = name;
    if (const detail::task_cell* const task = detail::task_of_unread(); task != nullptr) {
      info.created_at = place_of(task->created_at);
    }
  } catch (...) {
    // no memory for the words: the error matters more
  }
  unobserved().tell(info, error);
}

void tell_slow(const detail::slow_report& report) noexcept {
  task_info info;
  info.id = report.id;
  info.name = report.name;
  info.created_at = place_of(report.created_at);
  slow().tell(info, report.took);
}

}  // namespace

std::vector<task_info> tasks() {
  std::vector<task_info> out;
  detail::cancel_node::for_each_task(&visit, &out);
  std::sort(out.begin(), out.end(),
            [](const task_info& a, const task_info& b) { return a.id < b.id; });
  return out;
}

void dump(std::ostream& out) { print_below(tasks(), std::nullopt, 0, out); }

void metrics(std::ostream& out) {
  std::size_t parked = 0;
  const std::vector<task_info> all = tasks();
  for (const task_info& t : all) parked += t.state == task_state::parked ? 1U : 0U;
  out << "# HELP tutti_tasks Tasks that have waited at least once and are not done.\n"
         "# TYPE tutti_tasks gauge\n"
         "tutti_tasks{state=\"running\"} "
      << all.size() - parked << "\ntutti_tasks{state=\"parked\"} " << parked
      << "\n# HELP tutti_unobserved_errors_total Errors nobody read, since a handler was set.\n"
         "# TYPE tutti_unobserved_errors_total counter\n"
         "tutti_unobserved_errors_total "
      << unobserved_count.load(sys::relaxed) << '\n';
}

void on_unobserved_error(detail::function<void(const task_info&, std::exception_ptr)> handler) {
  detail::set_unobserved_handler(unobserved().set(std::move(handler)) ? &tell_unobserved : nullptr);
}

void on_slow_callback(detail::function<void(const task_info&, duration)> handler) {
  detail::set_slow_handler(slow().set(std::move(handler)) ? &tell_slow : nullptr);
}

}  // namespace tutti::observe
