/// \file
/// The host's side of a lane: post calls, take them back, read answers, know what a dead worker
/// owed.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tutti/process/backend/nodes.hpp>
#include <tutti/process/backend/os.hpp>
#include <tutti/process/backend/zygote.hpp>
#include <tutti/process/detail/lane.hpp>
#include <tutti/process/detail/output_lines.hpp>
#include <tutti/process/detail/pool_call.hpp>

namespace tutti::detail {

/// What a worker is made with.
struct lane_options {
  std::string name;
  std::uint32_t flags = 0;
  std::uint32_t spins = 0;
  void (*initializer)() = nullptr;
  std::size_t memory_limit = 0;
  std::uint64_t cpu_seconds = 0;  ///< of one call; 0: no limit
  std::uint32_t workers = 1;      ///< of the pool: they share the cores
  int write_rules = -1;           ///< with lane_read_only
  zygote::own* from = nullptr;    ///< null: the program's zygote
};

/// An answer, copied out of shared memory before anything in it is believed.
struct lane_answer {
  answer_kind kind = answer_kind::none;
  std::uint32_t sequence = 0;
  std::uint64_t length = 0;
  std::uint64_t block = 0;
  std::uint64_t grown = 0;
  std::byte inside[answer_cell::room];
};

/// Threads:  whoever holds the pool's mutex, but for the marked.
/// Lifetime: the pool's supervisor makes and destroys it; the worker is ended by then.
/// Wakes:    post() wakes the worker if it sleeps.
/// Order:    see worker.
/// Cancel:   revoke() takes back what has not been started; kill() ends the worker.
class host_lane {
 public:
  /// Makes the worker. `arguments` is the pool's arena.
  host_lane(const lane_options& options, int arguments);
  host_lane(const host_lane&) = delete;
  host_lane& operator=(const host_lane&) = delete;
  ~host_lane();

  bool has_room() const noexcept { return open && in_flight() < window; }
  std::uint32_t in_flight() const noexcept { return posted_ - oldest_; }
  bool idle() const noexcept { return posted_ == oldest_; }

  void post(pool_call& call) noexcept;
  void wake() noexcept;
  /// True if the worker will never run it; its cell stays used until the worker has passed it.
  bool revoke(pool_call& call) noexcept;
  /// Takes back everything not started, and puts it, oldest first, behind what `into` has; gives
  /// how many that is.
  std::size_t revoke_all(list<pool_call>& into, std::size_t at_most = lane_cells) noexcept;
  /// The oldest call not answered (null: that cell was revoked); only if !idle().
  std::uint32_t oldest_cell() const noexcept { return oldest_; }
  pool_call* oldest() const noexcept { return slots_[oldest_ % lane_cells]; }
  /// Has it been started, and when (steady clock)? For deadlines.
  bool oldest_started(std::int64_t& at_ns) const noexcept;
  /// What it says of the start of its oldest call, as far as that can be: not before there were
  /// clocks, and not after it was first seen to run. It cannot run for ever by saying that it has
  /// just begun.
  std::int64_t believable_start(std::int64_t said_ns, std::int64_t now_ns) noexcept;
  bool answer_ready() const noexcept;
  /// Is the answer to a started call there, though not read yet?
  bool has_answered(const pool_call& call) const noexcept;

  /// The next answer, if there is one; with the call it belongs to (null for none). False: no
  /// answer. Throws wire_error for nonsense: the worker is to be killed then.
  bool next_answer(lane_answer& out, pool_call*& call);
  /// The bytes of an answer; supervisor only, until consume().
  std::span<const std::byte> bytes_of(const lane_answer& answer) const noexcept;
  void consume(const lane_answer& answer) noexcept;

  /// Tells the worker to ring the bell with its next answer; false: one is there already.
  bool announce_sleep() noexcept;
  void withdraw_sleep() noexcept { shared_->host_sleeps.store(0, sys::relaxed); }

  /// After the worker's end: what it had started and not answered (at most one, unless it lied),
  /// and what it never began.
  struct account {
    list<pool_call> started;
    list<pool_call> untouched;
    std::size_t count = 0;  ///< of both
  };
  void settle(account& owed) noexcept;

  /// Rings with its answers, once the host has announced its sleep. Nobody else's: a worker that
  /// silences it harms itself.
  int bell() const noexcept { return bell_.get(); }
  /// Where its output arrives; -1: it writes to the program's own.
  int output() const noexcept { return output_.get(); }
  /// Reads a bounded part of it. Supervisor only, as the next two.
  void read_output(function_ref<void(std::string_view)> take);
  /// After its end: all the rest.
  void finish_output(function_ref<void(std::string_view)> take);
  std::string last_output() const { return lines_.tail(); }

  void quit() noexcept;
  void kill() noexcept { os::send_signal(handle_.get(), os::end_now); }
  os::ended reap() noexcept;
  int handle() const noexcept { return handle_.get(); }
  int pid() const noexcept { return pid_; }
  /// The process whose descriptors its answers speak of: in a simulation, our own.
  std::uint64_t sender() const noexcept {
    return static_cast<std::uint64_t>(nodes::current != nullptr ? os::process_id() : pid_);
  }
  const std::string& name() const noexcept { return name_; }

  // ---- the pool's notes; guarded by its mutex ----
  bool open = true;             ///< may be given calls
  bool spare = false;           ///< waits, closed, to take the place of another
  bool ready = false;           ///< it has started and its initializer has run
  std::uint32_t window = 2;     ///< calls in flight at most: grows for short calls
  std::uint64_t given = 0;      ///< calls posted since it was made
  pool_call* doomed = nullptr;  ///< the call it is being killed for
  bool timed_out = false;       ///< ... because of its time limit
  bool wrote_nonsense = false;  ///< it is being killed for what it wrote into its memory
  /// Since when its oldest call waits to be started, and which that is; for workers that are
  /// stopped.
  std::int64_t unstarted_since_ns = 0;
  std::uint32_t unstarted_cell = 0;

 private:
  std::string name_;
  const bool single_;
  sys::descriptor memory_;
  sys::descriptor answer_memory_;
  sys::descriptor bell_;
  sys::descriptor output_;
  output_lines lines_;
  os::mapping map_;
  os::mapping answers_;
  std::size_t answer_bytes_ = 0;  // what is known to be there
  lane* shared_ = nullptr;
  int pid_ = 0;
  sys::descriptor handle_;
  bool reaped_ = false;
  std::uint32_t posted_ = 0;             // number of the next call cell
  std::uint32_t oldest_ = 0;             // number of the oldest unanswered one
  std::uint32_t sequence_ = 0;           // number of the last answer read
  std::int64_t seen_running_ns_ = 0;     // when its oldest call was first seen to run
  std::uint32_t seen_running_cell_ = 0;  // which that was
  std::array<pool_call*, lane_cells> slots_{};
};

}  // namespace tutti::detail
