#include <tutti/process/process_barrier.hpp>

#include <climits>
#include <new>
#include <stdexcept>

#include <tutti/base/clock.hpp>
#include <tutti/base/error.hpp>
#include <tutti/core/scope_guard.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/process/backend/robust_mutex.hpp>
#include <tutti/process/detail/shared_watch.hpp>

namespace tutti {

/// Threads:  any of any process.
/// Lifetime: the block's.
/// Wakes:    as process_barrier.
/// Order:    as process_barrier.
/// Cancel:   as process_barrier.
///
/// Behind it lie `parties` pids of those who wait.
struct process_barrier::layout {
  detail::robust_mutex mutex;
  sys::atomic<std::uint32_t> parties{0};  // fixed
  sys::atomic<std::uint32_t> arrived{0};  // guarded by mutex
  sys::atomic<std::uint32_t> broken{0};   // guarded by mutex
  /// Changes when a round ends: who waits sleeps on it.
  sys::atomic<std::uint32_t> round{0};           // written under mutex
  sys::atomic<std::uint32_t> broken_round{~0U};  // the last that ended so; written under mutex

  sys::atomic<std::uint32_t>* pids() noexcept {
    return reinterpret_cast<sys::atomic<std::uint32_t>*>(this + 1);
  }
  /// The waiting of this round are let go.
  void end_round(bool is_broken) noexcept {
    if (is_broken && arrived.load(sys::relaxed) != 0)
      broken_round.store(round.load(sys::relaxed), sys::relaxed);
    arrived.store(0, sys::relaxed);
    for (std::uint32_t i = 0; i < parties.load(sys::relaxed); ++i) pids()[i].store(0, sys::relaxed);
    round.fetch_add(1, sys::release);  // pairs: process_barrier.round
    detail::os::shared_wake(round, INT_MAX);
  }
  /// Who died while it waited has not arrived.
  void forget_the_dead() noexcept {
    for (std::uint32_t i = 0; i < parties.load(sys::relaxed); ++i) {
      const std::uint32_t pid = pids()[i].load(sys::relaxed);
      if (pid == 0 || detail::os::process_exists(static_cast<int>(pid))) continue;
      pids()[i].store(0, sys::relaxed);
      arrived.fetch_sub(1, sys::relaxed);
    }
  }
};

/// Threads:  one.
/// Lifetime: from the arrival to the end of the wait.
/// Wakes:    the others, if it is the last.
/// Order:    as process_barrier.
/// Cancel:   dropped before the round ended, it takes the arrival back.
struct process_barrier::arrival {
  explicit arrival(layout& b) : of(b) {
    const detail::robust_lock guard{of.mutex};
    if (of.broken.load(sys::relaxed) != 0) throw broken_barrier("this process_barrier is broken");
    of.forget_the_dead();
    seen = of.round.load(sys::relaxed);
    index = of.arrived.fetch_add(1, sys::relaxed);
    if (index + 1 == of.parties.load(sys::relaxed)) {
      of.end_round(false);
      return;
    }
    while (of.pids()[slot].load(sys::relaxed) != 0) ++slot;
    of.pids()[slot].store(static_cast<std::uint32_t>(detail::os::process_id()), sys::relaxed);
  }
  arrival(const arrival&) = delete;
  arrival& operator=(const arrival&) = delete;
  ~arrival() { take_back(); }

  /// False: the round has ended meanwhile, so it did arrive.
  bool take_back() noexcept {
    if (was_taken_back || is_over()) return false;
    const detail::robust_lock guard{of.mutex};
    if (is_over()) return false;
    of.pids()[slot].store(0, sys::relaxed);
    of.arrived.fetch_sub(1, sys::relaxed);
    was_taken_back = true;
    return true;
  }
  bool is_over() const noexcept {
    return of.round.load(sys::acquire) != seen;  // pairs: process_barrier.round
  }
  std::size_t result() const {
    if (of.broken_round.load(sys::relaxed) == seen)
      throw broken_barrier("a process_barrier was aborted or reset under its waiters");
    return index;
  }
  layout& of;
  std::uint32_t seen = 0;
  std::uint32_t slot = 0;
  std::size_t index = 0;
  bool was_taken_back = false;
};

process_barrier::process_barrier(std::uint32_t parties) {
  if (parties == 0) throw std::invalid_argument("a barrier for nobody: parties must not be 0");
  block_ =
      detail::shared_block::make("tutti-barrier", sizeof(layout) + parties * sizeof(std::uint32_t));
  auto* const made = ::new (static_cast<void*>(block_->data())) layout;
  made->parties.store(parties, sys::relaxed);
}

std::size_t process_barrier::arrive_and_wait() {
  return *try_arrive_and_wait_until(time_point::max());
}

std::optional<std::size_t> process_barrier::try_arrive_and_wait_for(detail::timespan limit) {
  return try_arrive_and_wait_until(detail::saturating_add(clock::now(), limit));
}

std::optional<std::size_t> process_barrier::try_arrive_and_wait_until(time_point limit) {
  arrival here{block_->at<layout>()};
  while (!here.is_over()) {
    if (limit <= clock::now() && here.take_back()) return std::nullopt;
    detail::require_blocking_allowed("process_barrier::arrive_and_wait()",
                                     "co_await b.async_arrive_and_wait()");
    detail::os::shared_wait(here.of.round, here.seen, limit);
  }
  return here.result();
}

TUTTI_CORO_WRAPPER task<std::size_t> process_barrier::async_arrive_and_wait() {
  return await_round(block_);
}

task<std::size_t> process_barrier::await_round(detail::shared_block::handle block) {
  detail::task_cell& self = co_await detail::this_cell();
  self.checkpoint();
  const arrival here{block->at<layout>()};
  while (!here.is_over()) {
    future<void> change = detail::shared_change(block, here.of.round, here.seen);
    co_await std::move(change);
  }
  co_return here.result();
}

void process_barrier::abort() {
  layout& shared = block_->at<layout>();
  const detail::robust_lock guard{shared.mutex};
  shared.broken.store(1, sys::relaxed);
  shared.end_round(true);
}

void process_barrier::reset() {
  layout& shared = block_->at<layout>();
  const detail::robust_lock guard{shared.mutex};
  shared.broken.store(0, sys::relaxed);
  shared.end_round(true);
}

std::size_t process_barrier::parties() const noexcept {
  return block_->at<layout>().parties.load(sys::relaxed);
}

void wire::crossing<process_barrier>::encode(byte_writer& out, const process_barrier& b) {
  tutti::detail::handle_crossing<process_barrier>::encode(out, b);
}
process_barrier wire::crossing<process_barrier>::decode(byte_reader& in) {
  return tutti::detail::handle_crossing<process_barrier>::decode(in);
}

}  // namespace tutti
