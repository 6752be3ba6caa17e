#include <tutti/process/process_semaphore.hpp>

#include <new>

#include <tutti/base/clock.hpp>
#include <tutti/core/scope_guard.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/process/detail/shared_watch.hpp>

namespace tutti {

/// Threads:  any of any process.
/// Lifetime: the block's.
/// Wakes:    as process_semaphore.
/// Order:    as process_semaphore.
/// Cancel:   as process_semaphore.
struct process_semaphore::layout {
  sys::atomic<std::uint32_t> permits{0};
  sys::atomic<std::uint32_t> waiting{
      0};  // a hint: a waiter that died leaves it too high, never too low
};

process_semaphore::process_semaphore(std::uint32_t permits)
    : block_(detail::shared_block::make("tutti-semaphore", sizeof(layout))) {
  auto* const shared = ::new (static_cast<void*>(block_->data())) layout;
  shared->permits.store(permits, sys::relaxed);
}

void process_semaphore::acquire() { try_acquire_until(time_point::max()); }

bool process_semaphore::try_acquire() noexcept {
  auto& permits = block_->at<layout>().permits;
  std::uint32_t left = permits.load(sys::relaxed);
  while (left != 0)
    // acquire, pairs: process_semaphore.permits
    if (permits.compare_exchange_weak(left, left - 1, sys::acq_rel, sys::relaxed)) return true;
  return false;
}

bool process_semaphore::try_acquire_for(detail::timespan limit) {
  return try_acquire_until(detail::saturating_add(clock::now(), limit));
}

bool process_semaphore::try_acquire_until(time_point limit) {
  if (try_acquire()) return true;
  if (limit <= clock::now()) return false;
  detail::require_blocking_allowed("process_semaphore::acquire()", "co_await s.async_acquire()");
  layout& shared = block_->at<layout>();
  shared.waiting.fetch_add(1, sys::seq_cst);  // pairs: process_semaphore.waiting
  bool got = try_acquire();
  bool in_time = true;
  while (!got && in_time) {
    in_time = detail::os::shared_wait(shared.permits, 0, limit);
    got = try_acquire();
  }
  shared.waiting.fetch_sub(1, sys::relaxed);
  return got;
}

namespace {

/// A waiting task: counted, and if it leaves with nothing it passes on the wake that may have been
/// meant for it.
class acquiring {
 public:
  acquiring(sys::atomic<std::uint32_t>& waiting, sys::atomic<std::uint32_t>& permits) noexcept
      : waiting_(waiting), permits_(permits) {
    waiting_.fetch_add(1, sys::seq_cst);  // pairs: process_semaphore.waiting
  }
  acquiring(const acquiring&) = delete;
  acquiring& operator=(const acquiring&) = delete;
  ~acquiring() {
    waiting_.fetch_sub(1, sys::relaxed);
    if (!got_it) detail::os::shared_wake(permits_, 1);
  }
  bool got_it = false;

 private:
  sys::atomic<std::uint32_t>& waiting_;
  sys::atomic<std::uint32_t>& permits_;
};

}  // namespace

permit process_semaphore::taken() noexcept {
  return {
      this,
      [](void* from, std::uint64_t) noexcept { static_cast<process_semaphore*>(from)->release(); },
      0};
}

TUTTI_CORO_WRAPPER task<permit> process_semaphore::async_acquire() { return await_permit(*this); }

task<permit> process_semaphore::await_permit(process_semaphore& s) {
  detail::task_cell& self = co_await detail::this_cell();
  self.checkpoint();
  if (s.try_acquire()) co_return s.taken();
  layout& shared = s.block_->at<layout>();
  acquiring here{shared.waiting, shared.permits};
  for (;;) {
    if (s.try_acquire()) {
      here.got_it = true;
      co_return s.taken();
    }
    future<void> change = detail::shared_change(s.block_, shared.permits, 0);
    co_await std::move(change);
  }
}

void process_semaphore::release(std::uint32_t count) {
  layout& shared = block_->at<layout>();
  shared.permits.fetch_add(count, sys::seq_cst);  // pairs: process_semaphore.permits
  if (shared.waiting.load(sys::seq_cst) != 0)     // pairs: process_semaphore.waiting
    detail::os::shared_wake(shared.permits, static_cast<int>(count));
}

std::uint32_t process_semaphore::value() const noexcept {
  return block_->at<layout>().permits.load(sys::relaxed);
}

void wire::crossing<process_semaphore>::encode(byte_writer& out, const process_semaphore& s) {
  tutti::detail::handle_crossing<process_semaphore>::encode(out, s);
}
process_semaphore wire::crossing<process_semaphore>::decode(byte_reader& in) {
  return tutti::detail::handle_crossing<process_semaphore>::decode(in);
}

}  // namespace tutti
