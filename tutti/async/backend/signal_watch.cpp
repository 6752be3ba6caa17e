#include <tutti/async/backend/signal_watch.hpp>

#include <array>
#include <bit>
#include <cerrno>
#include <system_error>

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <tutti/async/detail/call_fault.hpp>
#include <tutti/base/error.hpp>
#include <tutti/sys/mutex.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::detail {
namespace {

constexpr int signals_max = 64;

/// Threads:  the handler from anywhere; taken and given back under the table's lock.
/// Lifetime: that of the process.
/// Wakes:    see signal_watch.
/// Order:    pending before the write to the bell.
/// Cancel:   nothing to cancel.
struct slot {
  sys::atomic<std::uint64_t> wanted{0};
  sys::atomic<std::uint64_t> pending{0};
  sys::atomic<int> bell{-1};
  bool is_taken = false;  // guarded by the table's lock
};

std::array<slot, signal_watch::watches_max> slots;
sys::atomic<unsigned> handlers_running{0};

/// Threads:  under its lock.
/// Lifetime: that of the process.
/// Wakes:    nobody.
/// Order:    as mutex.
/// Cancel:   nothing to cancel.
struct disposition_table {
  sys::mutex mu;
  std::array<unsigned, signals_max + 1> users TUTTI_GUARDED_BY(mu){};
  std::array<struct sigaction, signals_max + 1> former TUTTI_GUARDED_BY(mu){};
};
disposition_table table;

std::uint64_t bit_of(int number) noexcept {
  return std::uint64_t{1} << (static_cast<unsigned>(number) - 1U);
}

extern "C" void tutti_signal_came(int number) {
  const int kept = errno;
  handlers_running.fetch_add(1, sys::seq_cst);  // seq_cst, pairs: signal_watch.wanted
  for (slot& s : slots) {
    if ((s.wanted.load(sys::seq_cst) & bit_of(number)) == 0)
      continue;                                        // pairs: signal_watch.wanted
    s.pending.fetch_or(bit_of(number), sys::release);  // pairs: signal_watch.pending
    const std::uint64_t one = 1;
    if (::write(s.bell.load(sys::relaxed), &one, sizeof one) < 0) {
    }  // full: then it rings already
  }
  handlers_running.fetch_sub(1, sys::release);  // pairs: signal_watch.leave
  errno = kept;
}

}  // namespace

signal_watch::signal_watch(std::initializer_list<int> numbers)
    : bell_(call_at("signals.bell", [] { return ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); })) {
  if (!bell_.is_open()) throw std::system_error(errno, std::generic_category(), "eventfd");
  int number_of_error = 0;
  {
    sys::lock hold(table.mu);
    for (slot_ = 0; slot_ < watches_max && slots[slot_].is_taken;) ++slot_;
    if (slot_ == watches_max) throw error("too many signals objects at once");
    slots[slot_].is_taken = true;
    slots[slot_].pending.store(0, sys::relaxed);
    slots[slot_].bell.store(bell_.fd(), sys::relaxed);
    for (const int number : numbers) {
      if (number < 1 || number > signals_max) {
        number_of_error = EINVAL;
        break;
      }
      if ((mask_ & bit_of(number)) != 0) continue;
      const auto at = static_cast<std::size_t>(number);
      // Wanted before it can come.
      slots[slot_].wanted.fetch_or(bit_of(number), sys::seq_cst);  // pairs: signal_watch.wanted
      if (table.users[at] == 0) {
        struct sigaction act {};
        act.sa_handler = &tutti_signal_came;
        ::sigemptyset(&act.sa_mask);
        act.sa_flags = SA_RESTART;
        struct sigaction* const former = &table.former[at];
        const auto handle = [&] { return ::sigaction(number, &act, former); };
        if (call_at("signals.handle", handle) != 0) {
          number_of_error = errno;
          break;
        }
      }
      ++table.users[at];
      mask_ |= bit_of(number);
    }
  }
  if (number_of_error == 0) return;
  leave();
  throw std::system_error(number_of_error, std::generic_category(), "sigaction");
}

signal_watch::~signal_watch() { leave(); }

void signal_watch::leave() noexcept {
  sys::lock hold(table.mu);
  slot& mine = slots[slot_];
  mine.wanted.store(0, sys::seq_cst);  // pairs: signal_watch.wanted
  for (int number = 1; number <= signals_max; ++number) {
    const auto at = static_cast<std::size_t>(number);
    if ((mask_ & bit_of(number)) == 0 || --table.users[at] != 0) continue;
    ::sigaction(number, &table.former[at], nullptr);
  }
  // A handler that saw us wanted may still be about to write to the bell: a few instructions.
  while (handlers_running.load(sys::seq_cst) != 0) {  // pairs: signal_watch.leave
  }
  mine.is_taken = false;
}

int signal_watch::take() noexcept {
  sys::atomic<std::uint64_t>& pending = slots[slot_].pending;
  const std::uint64_t came = pending.load(sys::acquire);  // pairs: signal_watch.pending
  if (came == 0) return 0;
  const int number = std::countr_zero(came) + 1;
  pending.fetch_and(~bit_of(number), sys::acquire);  // pairs: signal_watch.pending
  return number;
}

void signal_watch::hush() noexcept {
  std::uint64_t rung = 0;
  if (::read(bell_.fd(), &rung, sizeof rung) < 0) bell_.clear(direction::read);
}

}  // namespace tutti::detail
