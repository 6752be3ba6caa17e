#include <tutti/async/detail/io_engine.hpp>

#include <utility>

#include <tutti/base/error.hpp>
#include <tutti/sys/descriptor.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::detail {

namespace {
bool leave(wait& w) noexcept {
  auto& self = static_cast<ready_wait&>(w);
  if (!self.is_linked()) return false;
  list<ready_wait>::unlink(self);
  return true;
}
}  // namespace

const wait_kind ready_wait::reading{"read", &leave};
const wait_kind ready_wait::writing{"write", &leave};

namespace {
/// In a simulation those who are woken may run at once, wait again, or destroy what they waited
/// for.
void wake_all(list<ready_wait>& woken) noexcept {
  while (ready_wait* const w = woken.pop_front()) w->cell->wake();
}
}  // namespace

void readiness::signal(direction d) noexcept {
  signal(d == direction::read, d == direction::write);
}

void readiness::signal(bool readable, bool writable) noexcept {
  list<ready_wait> woken;
  if (readable) {
    readable_ = true;
    woken.splice_back(readers_);
  }
  if (writable) {
    writable_ = true;
    woken.splice_back(writers_);
    if (hook_ != nullptr) hook_->signalled(*hook_);
  }
  wake_all(woken);
}

void readiness::wake_waiters() noexcept {
  list<ready_wait> woken;
  woken.splice_back(readers_);
  woken.splice_back(writers_);
  wake_all(woken);
}

bool readiness::awaiter::suspend(task_cell& cell, std::coroutine_handle<> h) {
  cell.checkpoint();
  if (of_.is_ready(direction_)) return false;
  sys::decide(sys::operation::io, &of_);
  of_.prepare_wait(*cell.where);  // from here to the list nobody else comes in between
  if (of_.is_ready(direction_)) return false;  // became so meanwhile, and nobody would tell again
  wait_.emplace(direction_ == direction::read ? ready_wait::reading : ready_wait::writing, cell);
  (direction_ == direction::read ? of_.readers_ : of_.writers_)
      .push_back(*wait_);  // wakes: readiness.signal
  return cell.park(*wait_, h);
}

io_engine& engine_of(scheduler& where) {
  io_engine* const engine = where.io();
  if (engine == nullptr) {
    if (sys::current_world != nullptr) {
      throw error(
          "the machine's sockets and files cannot be waited for in a simulation: make a "
          "testing::network before listen, connect and bind, or use testing::memory_stream_pair");
    }
    throw error(
        "this task cannot wait for I/O where it runs: sockets, files and signals need an event "
        "loop "
        "(tutti::run, event_loop, or co_await on(loop, ...))");
  }
  return *engine;
}

void io_descriptor::prepare_wait(scheduler& where) {
  io_engine& here = engine_of(where);
  // Unarmed: the kernel gave the watching up by itself, and would never signal again.
  if (TUTTI_LIKELY(engine_.get() == &here && watch_->is_armed)) return;
  if (engine_.get() != &here && has_waiters())
    throw error("a task on another event loop waits for this stream: use it on one loop at a time");
  forget();
  watch_ = here.attach(fd_, *this);
  engine_ = here.shared_from_this();
}

void io_descriptor::forget() noexcept {
  if (engine_ == nullptr) return;
  engine_->retire(*std::exchange(watch_, nullptr));
  engine_.reset();
}

void io_descriptor::close() noexcept {
  if (fd_ < 0) return;
  forget();
  sys::descriptor(std::exchange(fd_, -1)).reset();
  signal(direction::read);
  signal(direction::write);
}

const wait_kind request_awaiter::request_wait::kind_of{"file", [](wait& w) noexcept {
                                                         auto& self = static_cast<request_wait&>(w);
                                                         self.engine.cancel(self.request);
                                                         return false;  // its completion wakes
                                                       }};

bool request_awaiter::suspend(task_cell& cell, std::coroutine_handle<> h) noexcept {
  wait_.emplace(cell, engine_, request_);
  request_.cell = &cell;
  engine_.start(request_);  // wakes: the engine, with the request's own completion
  return cell.park(*wait_, h);
}

}  // namespace tutti::detail
