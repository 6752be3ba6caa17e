#include <tutti/process/process_event.hpp>

#include <climits>
#include <new>

#include <tutti/base/clock.hpp>
#include <tutti/core/scope_guard.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/process/detail/shared_watch.hpp>
#include <tutti/sys/world.hpp>

namespace tutti {

/// Threads:  any of any process.
/// Lifetime: the block's.
/// Wakes:    as process_event.
/// Order:    as process_event.
/// Cancel:   as process_event.
///
/// Bit 0: is it set. Above: how often it was, so that a wait that was let go on sees it although
/// somebody cleared it at once.
struct process_event::layout {
  sys::atomic<std::uint32_t> word{0};
};

namespace {
constexpr std::uint32_t set_bit = 1;
constexpr std::uint32_t one_more = 2;
bool lets_through(std::uint32_t now, std::uint32_t seen) noexcept {
  return (now & set_bit) != 0 || (now | set_bit) != (seen | set_bit);
}
}  // namespace

process_event::process_event() : block_(detail::shared_block::make("tutti-event", sizeof(layout))) {
  ::new (static_cast<void*>(block_->data())) layout;
}

void process_event::wait() { try_wait_until(time_point::max()); }

bool process_event::try_wait_for(detail::timespan limit) {
  return try_wait_until(detail::saturating_add(clock::now(), limit));
}

bool process_event::try_wait_until(time_point limit) {
  sys::decide(sys::operation::wait, this);
  auto& word = block_->at<layout>().word;
  const std::uint32_t seen = word.load(sys::acquire);  // pairs: process_event.word
  if ((seen & set_bit) != 0) return true;
  if (limit <= clock::now()) return false;
  detail::require_blocking_allowed("process_event::wait()", "co_await e.async_wait()");
  for (;;) {
    const bool in_time = detail::wait_for_change(word, seen, limit);
    if (lets_through(word.load(sys::acquire), seen)) return true;  // pairs: process_event.word
    if (!in_time) return false;
  }
}

TUTTI_CORO_WRAPPER task<void> process_event::async_wait() { return await_set(block_); }

task<void> process_event::await_set(detail::shared_block::handle block) {
  detail::task_cell& self = co_await detail::this_cell();
  self.checkpoint();
  auto& word = block->at<layout>().word;
  const std::uint32_t seen = word.load(sys::acquire);     // pairs: process_event.word
  while (!lets_through(word.load(sys::acquire), seen)) {  // pairs: process_event.word
    future<void> change = detail::shared_change(block, word, seen);
    co_await std::move(change);
  }
}

void process_event::set() {
  sys::decide(sys::operation::notify, this);
  auto& word = block_->at<layout>().word;
  std::uint32_t now = word.load(sys::relaxed);
  do {
    if ((now & set_bit) != 0) return;
  } while (!word.compare_exchange_weak(now, (now | set_bit) + one_more, sys::acq_rel,
                                       sys::relaxed));  // pairs: process_event.word
  detail::os::shared_wake(word, INT_MAX);
}
void process_event::clear() {
  sys::decide(sys::operation::notify, this);
  block_->at<layout>().word.fetch_and(~set_bit, sys::relaxed);
}
bool process_event::is_set() const noexcept {
  auto& word = block_->at<layout>().word;
  return (word.load(sys::acquire) & set_bit) != 0;  // pairs: process_event.word
}

void wire::crossing<process_event>::encode(byte_writer& out, const process_event& e) {
  tutti::detail::handle_crossing<process_event>::encode(out, e);
}
process_event wire::crossing<process_event>::decode(byte_reader& in) {
  return tutti::detail::handle_crossing<process_event>::decode(in);
}

}  // namespace tutti
