#include <tutti/core/thread_cell.hpp>

#include <utility>

#include <tutti/core/context.hpp>
#include <tutti/core/detail/task_state.hpp>
#include <tutti/sys/thread.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::detail {

const std::string& own_process_name() noexcept;  // this_task.cpp

namespace {

/// Where plain threads belong: nobody ever schedules them.
class plain_threads final : public scheduler {
 public:
  void schedule(task_cell&) noexcept override {
    fail(__FILE__, __LINE__, "a plain thread was scheduled");
  }
  void arm(timer&) noexcept override { fail(__FILE__, __LINE__, "a plain thread has no timers"); }
  bool disarm(timer&) noexcept override { return true; }
  bool is_loop() const noexcept override { return false; }
  bool runs_here() const noexcept override { return false; }
  const char* label() const noexcept override { return "thread"; }
};
plain_threads plain;

}  // namespace

thread_cell::thread_cell(std::string name) noexcept
    : task_cell(plain, nullptr, std::source_location()), name_(std::move(name)) {
  is_coroutine = false;
  state_.store(task_state::active, sys::relaxed);
}

thread_cell::~thread_cell() { leave(); }

std::string thread_cell::name_text() {
  if (context && !context.get()->name.empty()) return context.get()->name;
  if (!name_.empty()) return name_;
  return own_process_name().empty() ? sys::this_thread_name() : own_process_name();
}

std::coroutine_handle<> thread_cell::body_done() noexcept { return std::noop_coroutine(); }
void thread_cell::drop() noexcept {}

task_cell& thread_cell_here() noexcept {
  if (sys::current_world == nullptr) {
    thread_local thread_cell own;
    sys::current.cell = static_cast<task_cell*>(&own);
    return own;
  }
  sys::current_state& here = sys::current;
  if (here.own_cell == nullptr) {
    here.own_cell = new thread_cell;
    here.cell = static_cast<task_cell*>(static_cast<thread_cell*>(here.own_cell));
    here.drop_own_cell = [](void* cell) noexcept { delete static_cast<thread_cell*>(cell); };
  }
  return *static_cast<thread_cell*>(here.own_cell);
}

}  // namespace tutti::detail
