#include <tutti/process/process_event.hpp>

#include <climits>
#include <new>

#include <tutti/base/clock.hpp>
#include <tutti/core/task_cell.hpp>

namespace tutti {

/// Threads:  any of any process.
/// Lifetime: the block's.
/// Wakes:    as process_event.
/// Order:    as process_event.
/// Cancel:   as process_event.
struct process_event::layout {
  sys::atomic<std::uint32_t> word{0};  // 0 clear, 1 set
};

process_event::process_event() : block_(detail::shared_block::make("tutti-event", sizeof(layout))) {
  ::new (static_cast<void*>(block_->data())) layout;
}

void process_event::wait() { try_wait_until(time_point::max()); }

bool process_event::try_wait_for(detail::timespan limit) {
  return try_wait_until(detail::saturating_add(clock::now(), limit));
}

bool process_event::try_wait_until(time_point limit) {
  if (is_set()) return true;
  if (limit <= clock::now()) return false;
  detail::require_blocking_allowed("process_event::wait()",
                                   "co_await to_thread([&] { e.wait(); })");
  auto& word = block_->at<layout>().word;
  while (!is_set())
    if (!detail::os::shared_wait(word, 0, limit)) return is_set();
  return true;
}

void process_event::set() {
  auto& word = block_->at<layout>().word;
  if (word.exchange(1, sys::acq_rel) == 0)  // pairs: process_event.word
    detail::os::shared_wake(word, INT_MAX);
}
void process_event::clear() { block_->at<layout>().word.store(0, sys::relaxed); }
bool process_event::is_set() const noexcept {
  return block_->at<layout>().word.load(sys::acquire) != 0;  // pairs: process_event.word
}

void wire::crossing<process_event>::encode(byte_writer& out, const process_event& e) {
  tutti::detail::handle_crossing<process_event>::encode(out, e);
}
process_event wire::crossing<process_event>::decode(byte_reader& in) {
  return tutti::detail::handle_crossing<process_event>::decode(in);
}

}  // namespace tutti
