/// \file
/// Makes a system call fail on purpose.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>

#include <tutti/base/function.hpp>
#include <tutti/base/time.hpp>

namespace tutti {
namespace detail {
struct planned_fault;
}

namespace testing {

/// A call of the library that a fault can reach, and an error number that it may give.
struct known_fault {
  std::string_view site;
  int number;
};
/// All of them, by site; sites with several numbers come several times. Of "net.…", simulations
/// reach those that testing::network has, and of "process.…" those that a pool's own thread comes
/// to; "file.…", "pipe.…", "signals.…", "epoll.…" and "io_uring.…" belong to real runs. The number
/// of "….short_read" and "….short_write" is how many bytes one call moves at most, that of
/// "net.resolve" what `getaddrinfo` gives. Calls of sockets that a fault interrupts (EINTR) are
/// made again. What workers and the zygote call happens in other processes. "memory" is every `new`
/// of the scenario and of what it uses, in simulations and, with `fault`, on the thread that made
/// that. With `options.swarm` some seeds let one allocation fail, whatever the probability.
std::span<const known_fault> known_faults() noexcept;

/// Does "memory" fail in this program? Not where a sanitizer, or the program itself, brings its own
/// `operator new`.
bool allocations_can_fail() noexcept;

/// Runs `scenario` in a simulation once for each call of `site` that it makes, and lets that call
/// alone fail with `number`; then once without. What the scenario has to say about it are checks,
/// as in `explore`; a run that goes wrong throws `failure`, which names the call. Gives the number
/// of calls.
/// ```
/// testing::fail_each("core.frame", ENOMEM, [] { … });  // every coroutine frame
/// testing::fail_each("memory", ENOMEM, [] { … });      // everything that is allocated
/// ```
std::uint64_t fail_each(std::string_view site, int number, detail::function_ref<void()> scenario);

/// Sets the wall clock of the simulation, as people do: calendars (`cron`) see it, durations and
/// deadlines do not. Positive: forward. Refused outside of a simulation.
void set_wall_clock(duration forward_by);

/// While it lives, the next calls of `site` pretend to have failed, with these error numbers in
/// this order, each once; after the last one the calls work again. In simulations and in real runs.
///
/// Sites are named after what is called: "memory" (any `new`), "core.frame" (a coroutine's memory),
/// "thread.start", "net.read", … Several faults at one site deliver in the order in which they were
/// made.
///
/// Threads:  made and destroyed anywhere; delivered wherever the site is.
/// Lifetime: a block.
/// Wakes:    nobody.
/// Order:    each number is delivered to one call.
/// Cancel:   destroying it takes back what was not delivered.
/// ```
/// testing::fault flaky{"net.read", EINTR, ECONNRESET};
/// ```
class fault {
 public:
  template <std::convertible_to<int>... Numbers>
  explicit fault(std::string_view site, Numbers... numbers)
      : fault(site, std::initializer_list<int>{static_cast<int>(numbers)...}) {}
  fault(std::string_view site, std::initializer_list<int> numbers);
  ~fault();
  fault(const fault&) = delete;
  fault& operator=(const fault&) = delete;

  /// How many numbers no call has met yet.
  std::size_t left() const noexcept;

 private:
  std::unique_ptr<detail::planned_fault> plan_;
};

}  // namespace testing
}  // namespace tutti
