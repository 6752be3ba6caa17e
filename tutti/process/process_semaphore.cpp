#include <tutti/process/process_semaphore.hpp>

#include <algorithm>
#include <climits>
#include <new>
#include <string>

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
/// Wakes:    as process_semaphore.
/// Order:    as process_semaphore.
/// Cancel:   as process_semaphore.
struct process_semaphore::layout {
  /// Threads:  as the layout.
  /// Lifetime: as the layout.
  /// Wakes:    nobody.
  /// Order:    by the mutex.
  /// Cancel:   as process_semaphore.
  struct holder {
    sys::atomic<std::uint64_t> who{0};   // written under mutex; 0: the place is free
    sys::atomic<std::uint32_t> held{0};  // written under mutex; owned permits
  };
  detail::robust_mutex mutex;
  sys::atomic<std::uint32_t> permits{0};  // written under mutex; waiters sleep on it
  sys::atomic<std::uint32_t> waiting{
      0};  // a hint: a waiter that died leaves it too high, never too low
  /// When somebody looked for dead holders, in nanoseconds of the steady clock; a hint.
  sys::atomic<std::int64_t> looked_ns{0};
  // What two or three stores are about to change, as it was: whoever finds that its writer died
  // under way undoes them. All written under mutex.
  sys::atomic<std::uint32_t> old_place{0};  // 1 + its index; 0: nothing is under way
  sys::atomic<std::uint32_t> old_permits{0};
  sys::atomic<std::uint32_t> old_held{0};
  sys::atomic<std::uint64_t> old_who{0};
  holder holders[owners_max];
};

/// What happens under the mutex.
///
/// Threads:  one; it holds the mutex.
/// Lifetime: a few instructions.
/// Wakes:    nobody: that is its owner's to do afterwards.
/// Order:    by the mutex.
/// Cancel:   cannot be.
class process_semaphore::ledger {
 public:
  explicit ledger(layout& l) noexcept : of_(l), guard_(l.mutex) {
    if (guard_.owner_died()) undo();
  }

  bool take() noexcept {
    const std::uint32_t left = of_.permits.load(sys::relaxed);
    if (left == 0) return false;
    of_.permits.store(left - 1, sys::release);  // pairs: process_semaphore.permits
    return true;
  }
  bool take_owned() {
    const std::uint32_t left = of_.permits.load(sys::relaxed);
    if (left == 0) return false;
    const detail::os::process_mark self = detail::os::own_mark();
    std::uint32_t at = place_of(self);
    if (at == owners_max) at = place_of(0);
    if (at == owners_max)
      throw error("more than " + std::to_string(owners_max) +
                  " processes hold permits of one process_semaphore at a time");
    change(at, self, of_.holders[at].held.load(sys::relaxed) + 1, left - 1);
    return true;
  }
  void give(std::uint32_t count) noexcept {
    // pairs: process_semaphore.permits
    of_.permits.store(of_.permits.load(sys::relaxed) + count, sys::seq_cst);
  }
  void give_owned() noexcept {
    const detail::os::process_mark self = detail::os::own_mark();
    const std::uint32_t at = place_of(self);
    if (at == owners_max) return give(1);  // somebody scribbled over it, or this is a copy by fork
    const std::uint32_t rest = of_.holders[at].held.load(sys::relaxed) - 1;
    change(at, rest != 0 ? self : 0, rest, of_.permits.load(sys::relaxed) + 1);
  }
  /// Takes what `who`, which is dead, held.
  void inherit(std::uint32_t at, detail::os::process_mark who) noexcept {
    if (of_.holders[at].who.load(sys::relaxed) != who) return;
    const std::uint32_t held = of_.holders[at].held.load(sys::relaxed);
    change(at, 0, 0, of_.permits.load(sys::relaxed) + held);
  }

 private:
  std::uint32_t place_of(detail::os::process_mark who) const noexcept {
    std::uint32_t at = 0;
    while (at < owners_max && of_.holders[at].who.load(sys::relaxed) != who) ++at;
    return at;
  }
  /// Every store is a release: they become visible in this order, also to who comes after a death.
  /// All of them pair with process_semaphore.mutex.
  void change(std::uint32_t at, detail::os::process_mark who, std::uint32_t held,
              std::uint32_t permits) noexcept {
    layout::holder& one = of_.holders[at];
    of_.old_permits.store(of_.permits.load(sys::relaxed), sys::relaxed);
    of_.old_held.store(one.held.load(sys::relaxed), sys::relaxed);
    of_.old_who.store(one.who.load(sys::relaxed), sys::relaxed);
    of_.old_place.store(at + 1, sys::release);  // pairs: process_semaphore.mutex
    one.who.store(who, sys::release);           // pairs: process_semaphore.mutex
    one.held.store(held, sys::release);         // pairs: process_semaphore.mutex
    of_.permits.store(permits, sys::seq_cst);   // pairs: process_semaphore.permits
    of_.old_place.store(0, sys::release);       // pairs: process_semaphore.mutex
  }
  void undo() noexcept {
    const std::uint32_t at = of_.old_place.load(sys::acquire);  // pairs: process_semaphore.mutex
    if (at == 0 || at > owners_max) return;
    layout::holder& one = of_.holders[at - 1];
    one.who.store(of_.old_who.load(sys::relaxed), sys::release);  // pairs: process_semaphore.mutex
    one.held.store(of_.old_held.load(sys::relaxed),
                   sys::release);  // pairs: process_semaphore.mutex
    // pairs: process_semaphore.permits
    of_.permits.store(of_.old_permits.load(sys::relaxed), sys::release);
    of_.old_place.store(0, sys::release);  // pairs: process_semaphore.mutex
  }
  layout& of_;
  const detail::robust_lock guard_;
};

process_semaphore::process_semaphore(std::uint32_t permits)
    : block_(detail::shared_block::make("tutti-semaphore", sizeof(layout))) {
  auto* const shared = ::new (static_cast<void*>(block_->data())) layout;
  shared->permits.store(permits, sys::relaxed);
}

/// Gives back what the dead held. Finding out costs some microseconds for each holder, so it is
/// done now and then, by one of those who find no permit.
void process_semaphore::bury_the_dead() noexcept {
  layout& shared = block_->at<layout>();
  const std::int64_t now = detail::os::steady_ns();
  std::int64_t last = shared.looked_ns.load(sys::relaxed);
  if (last != 0 && now - last < detail::look_again_every.count() && now >= last) return;
  if (!shared.looked_ns.compare_exchange(last, now, sys::relaxed, sys::relaxed)) return;
  const detail::os::process_mark self = detail::os::own_mark();
  bool any = false;
  for (std::uint32_t at = 0; at < owners_max; ++at) {
    const detail::os::process_mark who = shared.holders[at].who.load(sys::relaxed);
    if (who == 0 || who == self || !detail::os::is_gone(who)) continue;
    ledger{shared}.inherit(at, who);
    any = true;
  }
  if (any) detail::os::shared_wake(shared.permits, INT_MAX);
}

void process_semaphore::acquire() { try_acquire_until(time_point::max()); }

bool process_semaphore::try_take(bool owned) {
  layout& shared = block_->at<layout>();
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (shared.permits.load(sys::seq_cst) != 0) {  // pairs: process_semaphore.permits
      ledger all{shared};
      if (owned ? all.take_owned() : all.take()) return true;
    }
    if (attempt == 0) bury_the_dead();
  }
  return false;
}

bool process_semaphore::try_acquire() noexcept { return try_take(false); }

bool process_semaphore::try_acquire_for(detail::timespan limit) {
  return try_acquire_until(detail::saturating_add(clock::now(), limit));
}

bool process_semaphore::try_acquire_until(time_point limit) { return take_until(limit, false); }

void process_semaphore::acquire_owned() { take_until(time_point::max(), true); }

bool process_semaphore::take_until(time_point limit, bool owned) {
  if (try_take(owned)) return true;
  if (limit <= clock::now()) return false;
  detail::require_blocking_allowed("process_semaphore::acquire()", "co_await s.async_acquire()");
  layout& shared = block_->at<layout>();
  const detail::counted_waiter here{shared.waiting};
  for (bool in_time = true;;) {
    if (try_take(owned)) return true;
    if (!in_time) return false;
    in_time = detail::wait_for_change(shared.permits, 0, limit);
  }
}

namespace {

/// A waiting task that leaves with nothing passes on the wake that may have been meant for it.
class acquiring {
 public:
  explicit acquiring(sys::atomic<std::uint32_t>& permits) noexcept : permits_(permits) {}
  acquiring(const acquiring&) = delete;
  acquiring& operator=(const acquiring&) = delete;
  ~acquiring() {
    if (!got_it) detail::os::shared_wake(permits_, 1);
  }
  bool got_it = false;

 private:
  sys::atomic<std::uint32_t>& permits_;
};

}  // namespace

permit process_semaphore::taken() noexcept {
  return {this,
          [](void* from, std::uint64_t) noexcept {
            static_cast<process_semaphore*>(from)->release_owned();
          },
          0};
}

TUTTI_CORO_WRAPPER task<permit> process_semaphore::async_acquire() { return await_permit(*this); }

task<permit> process_semaphore::await_permit(process_semaphore& s) {
  detail::task_cell& self = co_await detail::this_cell();
  self.checkpoint();
  if (s.try_take(true)) co_return s.taken();
  layout& shared = s.block_->at<layout>();
  acquiring here{shared.permits};
  const detail::counted_waiter waits{shared.waiting};
  for (;;) {
    if (s.try_take(true)) {
      here.got_it = true;
      co_return s.taken();
    }
    future<void> change = detail::shared_change(s.block_, shared.permits, 0);
    co_await std::move(change);
  }
}

void process_semaphore::wake(std::uint32_t count) noexcept {
  layout& shared = block_->at<layout>();
  if (shared.waiting.load(sys::seq_cst) != 0)  // pairs: counted_waiter
    detail::os::shared_wake(shared.permits,
                            static_cast<int>(std::min<std::uint32_t>(count, INT_MAX)));
}

void process_semaphore::release(std::uint32_t count) {
  ledger{block_->at<layout>()}.give(count);
  wake(count);
}

void process_semaphore::release_owned() noexcept {
  ledger{block_->at<layout>()}.give_owned();
  wake(1);
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
