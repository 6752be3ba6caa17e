#include <tutti/process/process_barrier.hpp>

#include <algorithm>
#include <climits>
#include <new>
#include <span>
#include <stdexcept>

#include <tutti/base/clock.hpp>
#include <tutti/base/error.hpp>
#include <tutti/core/scope_guard.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/process/backend/identity.hpp>
#include <tutti/process/backend/robust_mutex.hpp>
#include <tutti/process/detail/shared_watch.hpp>

namespace tutti {

/// Threads:  any of any process.
/// Lifetime: the block's.
/// Wakes:    as process_barrier.
/// Order:    as process_barrier.
/// Cancel:   as process_barrier.
///
/// Behind it lies a place for each party: who waits there, and in which round. Whoever dies, at
/// whatever instruction, has arrived or not, and has ended the round or not: it is one store each.
struct process_barrier::layout {
  /// Threads:  as the layout.
  /// Lifetime: as the layout.
  /// Wakes:    nobody.
  /// Order:    `round` is stored last.
  /// Cancel:   as process_barrier.
  struct place {
    sys::atomic<std::uint64_t> who{0};    // written under mutex; 0: nobody
    sys::atomic<std::uint32_t> round{0};  // written under mutex
  };
  detail::robust_mutex mutex;
  sys::atomic<std::uint32_t> broken{0};  // written under mutex
  /// Changes when a round ends: who waits sleeps on it.
  sys::atomic<std::uint32_t> round{1};         // written under mutex
  sys::atomic<std::uint32_t> broken_round{0};  // the last that ended so; written under mutex
};

/// Threads:  one; its functions hold the mutex.
/// Lifetime: as long as the block.
/// Wakes:    as process_barrier.
/// Order:    by the mutex.
/// Cancel:   as process_barrier.
class process_barrier::table {
 public:
  explicit table(const detail::shared_block& block) noexcept
      : of(block.at<layout>()), places_(places_of(block)), guard_(of.mutex) {
    if (guard_.owner_died()) finish_for_the_dead();
  }
  static std::span<layout::place> places_of(const detail::shared_block& block) noexcept {
    // From the size of the memory, which nobody can change, not from what is written there.
    auto* const first = reinterpret_cast<layout::place*>(block.data() + sizeof(layout));
    return {first, (block.size() - sizeof(layout)) / sizeof(layout::place)};
  }

  /// Who waits in this round; some may have died.
  std::size_t arrived() const noexcept {
    return static_cast<std::size_t>(std::count_if(places_.begin(), places_.end(),
                                                  [&](const auto& one) { return is_taken(one); }));
  }
  /// Who died while it waited has not arrived. Asking costs microseconds: it is done when the round
  /// would end.
  void forget_the_dead() noexcept {
    for (layout::place& one : places_) {
      const auto who = one.who.load(sys::relaxed);
      if (is_taken(one) && who != detail::os::own_mark() && detail::os::is_gone(who))
        one.who.store(0, sys::relaxed);
    }
  }
  layout::place* take() noexcept {
    for (layout::place& one : places_) {
      if (is_taken(one)) continue;
      one.who.store(detail::os::own_mark(), sys::relaxed);
      one.round.store(of.round.load(sys::relaxed), sys::release);  // pairs: process_barrier.place
      return &one;
    }
    return nullptr;
  }
  /// The waiting of this round are let go.
  void end_round(bool is_broken) noexcept {
    const std::uint32_t now = of.round.load(sys::relaxed);
    if (is_broken) of.broken_round.store(now, sys::relaxed);
    of.round.store(now + 1 != 0 ? now + 1 : 1, sys::release);  // pairs: process_barrier.round
    detail::os::shared_wake(of.round, INT_MAX);
  }
  layout& of;

 private:
  bool is_taken(const layout::place& one) const noexcept {
    return one.round.load(sys::acquire) ==
               of.round.load(sys::relaxed) &&  // pairs: process_barrier.place
           one.who.load(sys::relaxed) != 0;
  }
  /// What the one before us was doing when it died, if that was half of something.
  void finish_for_the_dead() noexcept {
    const bool was_breaking = of.broken_round.load(sys::relaxed) == of.round.load(sys::relaxed) ||
                              (of.broken.load(sys::relaxed) != 0 && arrived() != 0);
    if (was_breaking) return end_round(true);
    detail::os::shared_wake(of.round, INT_MAX);
  }
  const std::span<layout::place> places_;
  const detail::robust_lock guard_;
};

/// Threads:  one.
/// Lifetime: from the arrival to the end of the wait.
/// Wakes:    the others, if it is the last.
/// Order:    as process_barrier.
/// Cancel:   dropped before the round ended, it takes the arrival back.
struct process_barrier::arrival {
  explicit arrival(const detail::shared_block& b) : block(b), of(b.at<layout>()) {
    table all{block};
    if (of.broken.load(sys::relaxed) != 0) throw broken_barrier("this process_barrier is broken");
    seen = of.round.load(sys::relaxed);
    const std::size_t others = table::places_of(block).size() - 1;
    index = all.arrived();
    if (index == others) {
      all.forget_the_dead();
      index = all.arrived();
    }
    if (index == others) {
      all.end_round(false);
      return;
    }
    place = all.take();
    if (place == nullptr)
      throw wire_error("somebody wrote over the memory of this process_barrier");
  }
  arrival(const arrival&) = delete;
  arrival& operator=(const arrival&) = delete;
  ~arrival() { take_back(); }

  /// False: the round has ended meanwhile, so it did arrive.
  bool take_back() noexcept {
    if (was_taken_back || is_over()) return false;
    const table all{block};
    if (is_over()) return false;
    place->who.store(0, sys::relaxed);
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
  const detail::shared_block& block;
  layout& of;
  layout::place* place = nullptr;
  std::uint32_t seen = 0;
  std::size_t index = 0;
  bool was_taken_back = false;
};

process_barrier::process_barrier(std::uint32_t parties) {
  if (parties == 0) throw std::invalid_argument("a barrier for nobody: parties must not be 0");
  block_ =
      detail::shared_block::make("tutti-barrier", sizeof(layout) + parties * sizeof(layout::place));
  ::new (static_cast<void*>(block_->data())) layout;
  for (layout::place& one : table::places_of(*block_))
    ::new (static_cast<void*>(&one)) layout::place;
}

std::size_t process_barrier::arrive_and_wait() {
  return *try_arrive_and_wait_until(time_point::max());
}

std::optional<std::size_t> process_barrier::try_arrive_and_wait_for(detail::timespan limit) {
  return try_arrive_and_wait_until(detail::saturating_add(clock::now(), limit));
}

std::optional<std::size_t> process_barrier::try_arrive_and_wait_until(time_point limit) {
  arrival here{*block_};
  while (!here.is_over()) {
    if (limit <= clock::now() && here.take_back()) return std::nullopt;
    detail::require_blocking_allowed("process_barrier::arrive_and_wait()",
                                     "co_await b.async_arrive_and_wait()");
    detail::wait_for_change(here.of.round, here.seen, limit);
  }
  return here.result();
}

TUTTI_CORO_WRAPPER task<std::size_t> process_barrier::async_arrive_and_wait() {
  return await_round(block_);
}

task<std::size_t> process_barrier::await_round(detail::shared_block::handle block) {
  detail::task_cell& self = co_await detail::this_cell();
  self.checkpoint();
  const arrival here{*block};
  while (!here.is_over()) {
    future<void> change = detail::shared_change(block, here.of.round, here.seen);
    co_await std::move(change);
  }
  co_return here.result();
}

void process_barrier::abort() {
  table all{*block_};
  all.of.broken.store(1, sys::relaxed);
  all.end_round(true);
}

void process_barrier::reset() {
  table all{*block_};
  all.of.broken.store(0, sys::relaxed);
  all.end_round(true);
}

std::size_t process_barrier::parties() const noexcept { return table::places_of(*block_).size(); }

void wire::crossing<process_barrier>::encode(byte_writer& out, const process_barrier& b) {
  tutti::detail::handle_crossing<process_barrier>::encode(out, b);
}
process_barrier wire::crossing<process_barrier>::decode(byte_reader& in) {
  return tutti::detail::handle_crossing<process_barrier>::decode(in);
}

}  // namespace tutti
