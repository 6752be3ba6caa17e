/// \file
/// The seam of seams: where time, randomness, sleeping, threads and faults come from.
///
/// One thread-local pointer, null in production (one load and a branch never taken). Under
/// `tutti::testing` it points to a simulation in which every thread is a strand of one OS thread,
/// the clock is virtual and each choice is drawn from a seed. The doors of `sys` (clock, parker,
/// thread, random, fault) ask it; nobody above `sys` does, except to say "here a schedule may
/// differ" with `decide`.
#pragma once

#include <cstdint>
#include <string_view>

#include <tutti/base/config.hpp>
#include <tutti/base/function.hpp>
#include <tutti/base/time.hpp>

namespace tutti::sys {

class parker;

/// What a strand is about to do when it asks for a decision.
enum class operation : unsigned char {
  lock,
  unlock,
  wait,
  notify,
  put,
  get,
  spawn,
  yield,
  access,
  submit,
  io,
  look,      ///< an access that changes nothing
  complete,  ///< of a future
  end        ///< of a thread, as a future
};

/// What other strands can see of a step, from its decision to the strand's next one.
enum class reach : unsigned char {
  anything,  ///< whatever it likes
  object     ///< it changes the announced object at most, and wakes who waits there
};

class world {
 public:
  virtual ~world() = default;

  virtual time_point now() noexcept = 0;
  virtual std::uint64_t random() noexcept = 0;
  /// A visible operation on `object` comes next: the world may let another strand go first.
  virtual void decide(operation what, const void* object, reach how_far) noexcept = 0;
  /// The step that runs touches `object`, too (null: anything).
  virtual void reach_further(const void* object) noexcept = 0;
  /// The strand spins until another one changes something: lets the others go first.
  virtual void relax() noexcept = 0;
  /// Sleeps the calling strand until the parker has its token (true; the token is taken) or
  /// `deadline` (false).
  virtual bool park(parker& p, time_point deadline) noexcept = 0;
  /// Gives the parker its token; wakes its strand if it sleeps.
  virtual void unpark(parker& p) noexcept = 0;
  /// Starts a strand that runs `body`; gives a handle for `join` and `finished`.
  virtual void* start(std::string_view name, detail::function<void()> body) = 0;
  /// Waits until that strand has ended, then forgets it.
  virtual void join(void* strand) noexcept = 0;
  /// The error number that call `site` shall fail with now; 0: none.
  virtual int fault(std::string_view site) noexcept = 0;
  /// Of the calling strand: its name, and a number that tells it from the others of this run.
  virtual std::string_view strand_name() noexcept = 0;
  virtual unsigned long strand_number() noexcept = 0;
};

#if defined(TUTTI_WITHOUT_SEAM)
inline constexpr world* current_world = nullptr;  // for bench/laboratory: what does asking cost?
#else
inline thread_local constinit world* current_world = nullptr;
#endif

/// Says that a visible operation comes next. Nothing in production.
TUTTI_INLINE void decide(operation what, const void* object) noexcept {
  if (TUTTI_UNLIKELY(current_world != nullptr)) {
    current_world->decide(what, object, reach::anything);
  }
}
/// The same, and a promise: of what other strands see, the operation changes nothing but `object`,
/// and it reads nothing but `object` that another operation with this promise changes. Two such
/// steps on different objects may then be swapped, and dfs tries one order only.
TUTTI_INLINE void decide_only(operation what, const void* object) noexcept {
  if (TUTTI_UNLIKELY(current_world != nullptr)) current_world->decide(what, object, reach::object);
}
/// Said by what changes without a decision of its own what other strands see (a scope is cancelled,
/// a task woken), or reads what operations with the promise of decide_only change: `object`, which
/// may be what was announced, or anything. Nothing in production.
TUTTI_INLINE void reach_further(const void* object = nullptr) noexcept {
  if (TUTTI_UNLIKELY(current_world != nullptr)) current_world->reach_further(object);
}

/// 64 random bits: the world's in a simulation, else from a generator seeded once per thread by the
/// system.
std::uint64_t random_bits() noexcept;

/// The error number that the system call named `site` shall pretend to have failed with, or 0. Set
/// by `testing::fault`, in simulations and in real runs; costs one relaxed load when nobody
/// injects.
int injected_fault(std::string_view site) noexcept;
/// For testing::fault: adds a source of faults (null takes it away). Returns the one before.
using fault_source = int (*)(std::string_view site) noexcept;
fault_source set_fault_source(fault_source source) noexcept;

}  // namespace tutti::sys
