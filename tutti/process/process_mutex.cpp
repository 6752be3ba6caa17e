#include <tutti/process/process_mutex.hpp>

#include <new>

#include <tutti/base/clock.hpp>
#include <tutti/base/error.hpp>
#include <tutti/core/task_cell.hpp>

namespace tutti {

/// Threads:  as process_mutex.
/// Lifetime: the block's.
/// Wakes:    as process_mutex.
/// Order:    as process_mutex.
/// Cancel:   as process_mutex.
struct process_mutex::layout {
  detail::robust_mutex mutex;
  sys::atomic<std::uint32_t> owner_died{0};  // written by the holder
};

process_mutex::process_mutex() : block_(detail::shared_block::make("tutti-mutex", sizeof(layout))) {
  ::new (static_cast<void*>(block_->data())) layout;
}

bool process_mutex::lock_until(time_point limit) {
  using result = detail::robust_mutex::result;
  layout& shared = block_->at<layout>();
  result got = shared.mutex.lock_until(time_point::min());
  if (got == result::timed_out && limit > clock::now()) {
    detail::require_blocking_allowed("process_mutex::lock()",
                                     "try_lock(), or take it inside co_await to_thread(...)");
    got = shared.mutex.lock_until(limit);
  }
  if (got == result::ours_already)
    throw deadlock("process_mutex: this thread holds the lock already");
  if (got == result::timed_out) return false;
  shared.owner_died.store(got == result::locked_after_death ? 1 : 0, sys::relaxed);
  return true;
}

void process_mutex::lock() { lock_until(time_point::max()); }

bool process_mutex::try_lock() {
  using result = detail::robust_mutex::result;
  layout& shared = block_->at<layout>();
  const result got = shared.mutex.lock_until(time_point::min());
  if (got == result::timed_out || got == result::ours_already) return false;
  shared.owner_died.store(got == result::locked_after_death ? 1 : 0, sys::relaxed);
  return true;
}

bool process_mutex::try_lock_for(detail::timespan limit) {
  return lock_until(detail::saturating_add(clock::now(), limit));
}
bool process_mutex::try_lock_until(time_point limit) { return lock_until(limit); }

void process_mutex::unlock() {
  if (!block_->at<layout>().mutex.unlock())
    throw not_owner("process_mutex: unlocked by a thread that does not hold it");
}

bool process_mutex::owner_died() const noexcept {
  return block_->at<layout>().owner_died.load(sys::relaxed) != 0;
}

void wire::crossing<process_mutex>::encode(byte_writer& out, const process_mutex& m) {
  tutti::detail::handle_crossing<process_mutex>::encode(out, m);
}
process_mutex wire::crossing<process_mutex>::decode(byte_reader& in) {
  return tutti::detail::handle_crossing<process_mutex>::decode(in);
}

}  // namespace tutti
