#include <tutti/core/task.hpp>

#include <tutti/core/async_trace.hpp>
#include <tutti/core/hook.hpp>

namespace tutti::detail {

const wait_kind foreign_wait{"foreign awaitable", [](wait&) noexcept { return false; }};

namespace {
thread_local constinit unsigned dropping = 0;  // how many quiet_drops this thread has
}

quiet_drops::quiet_drops() noexcept { ++dropping; }
quiet_drops::~quiet_drops() { --dropping; }

std::exception_ptr promise_base::caught() const noexcept {
  std::exception_ptr error = std::current_exception();
  note_passage(error, at);
  return error;
}

void promise_base::for_each_frame(task_cell& parked,
                                  void (*visit)(const std::source_location&, void*), void* data) {
  constexpr unsigned frames_max = 1000;
  if (!parked.is_coroutine) return;
  // Every coroutine that waits or awaits here has a promise that begins with this base.
  std::coroutine_handle<> h = parked.resume_;
  for (unsigned i = 0; h && i < frames_max; ++i) {
    const promise_base& p =
        std::coroutine_handle<promise_base>::from_address(h.address()).promise();
    visit(p.at, data);
    h = p.continuation;
  }
}

void drop_unstarted(std::coroutine_handle<> h, const std::source_location& at) noexcept {
  // Not while an exception passes, nor inside another dropped coroutine: then it is no mistake of
  // whoever wrote this one.
  if (TUTTI_UNLIKELY(unawaited_is_reported.load(sys::relaxed)) && dropping == 0 &&
      std::uncaught_exceptions() == 0 && !is_of_the_house(at)) {
    report_unawaited(at);
  }
  const quiet_drops inner;
  h.destroy();
}

}  // namespace tutti::detail
