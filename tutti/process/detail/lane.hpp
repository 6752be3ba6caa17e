/// \file
/// The memory one worker shares with its host: cells with calls one way, cells with answers the
/// other way.
///
/// Every cell has one writer at a time, and nobody but these two looks at it: a worker that dies,
/// at any instruction, leaves its host a readable account of what it had begun and what it had
/// answered. The host believes none of it.
#pragma once

#include <cstddef>
#include <cstdint>

#include <tutti/sys/atomic.hpp>
#include <tutti/wire/function_id.hpp>

namespace tutti::detail {

/// Calls given to one worker and not answered yet, at most.
inline constexpr std::uint32_t lane_cells = 128;
inline constexpr std::uint32_t wake_spins_max = 2000;
/// Address space kept for one worker's large answers, and for all large arguments of a pool.
inline constexpr std::size_t arena_bytes_max = std::size_t{1} << 36;

/// Life of a call cell:  free -> posted -> started -> (answered: free again for the host)
///                               posted -> revoked -> passed (the worker answers `skipped`)
enum class cell_state : std::uint32_t { free, posted, started, revoked, passed };

/// What a call cell says besides: bits.
inline constexpr std::uint32_t call_has_target = 1;   ///< calls a function known at run time only
inline constexpr std::uint32_t call_has_baggage = 2;  ///< baggage comes before the arguments

/// Threads:  one in the host (under the pool's mutex), one in the worker.
/// Lifetime: the lane's.
/// Wakes:    nobody; see lane.
/// Order:    the fields are written before `posted` and read after it.
/// Cancel:   revoked by the host while posted.
struct call_cell {
  static constexpr std::size_t room = 64;
  sys::atomic<std::uint32_t> state{0};  // cell_state; host posts and revokes, worker starts
  std::uint32_t notes = 0;              // fixed before posted; call_note
  std::uint64_t length = 0;             // fixed before posted; arguments
  std::uint64_t block = 0;   // fixed before posted; where in the pool's arena, if longer than room
  wire::function_id entry;   // fixed before posted
  wire::function_id target;  // fixed before posted
  sys::atomic<std::int64_t> started_ns{0};  // worker, before started; steady clock
  std::byte inside[room];                   // fixed before posted
};
static_assert(sizeof(call_cell) == 128);

enum class answer_kind : std::uint32_t {
  none,
  ready,
  value,
  failure,
  out_of_memory,
  skipped,
  decoded
};

/// Threads:  one in the worker, one in the host (under the pool's mutex).
/// Lifetime: the lane's.
/// Wakes:    nobody; see lane.
/// Order:    the fields are written before `sequence` and read after it.
/// Cancel:   cannot be.
struct answer_cell {
  static constexpr std::size_t room = 96;
  sys::atomic<std::uint32_t> sequence{0};  // worker: this answer's number, published last
  std::uint32_t kind = 0;                  // fixed before published; answer_kind
  std::uint64_t length = 0;                // fixed before published
  std::uint64_t block =
      0;  // fixed before published; where in the worker's arena, if longer than room
  std::uint64_t grown = 0;  // fixed before published; by so many bytes, with lane_measures
  std::byte inside[room];   // fixed before published
};

static_assert(sizeof(answer_cell) == 128);

/// Threads:  one in the host (under the pool's mutex), one in the worker.
/// Lifetime: shared memory, mapped by both; the host's end outlives the worker.
/// Wakes:    posting wakes a worker that said it sleeps; an answer rings the bell of a host that
/// said so. Order:    each direction announces its sleep, then looks again: one of the two sees the
/// other. Cancel:   the host ends the worker.
struct alignas(128) lane {
  struct alignas(128) config_part {  // fixed before the worker is made
    int host_id = 0;
    std::uint32_t flags = 0;
    std::uint32_t spins = 0;
    std::uint32_t has_initializer = 0;
    wire::function_id initializer;
    std::uint64_t memory_limit = 0;
    std::uint64_t cpu_seconds = 0;
    std::uint32_t workers = 1;  // of its pool: they share the cores
    char name[64] = {};
  } config;
  // written by the host, but for the waking of the worker by itself
  alignas(128) sys::atomic<std::uint32_t> worker_sleeps{0};  // 1 while the worker sleeps on it
  sys::atomic<std::uint32_t> quit{0};                        // leave when nothing is posted
  sys::atomic<std::uint32_t> consumed{0};  // answers whose bytes the host needs no longer
  // ring the bell with the next answer; set by the host, taken by the worker
  alignas(128) sys::atomic<std::uint32_t> host_sleeps{0};
  alignas(128) call_cell calls[lane_cells];
  alignas(128) answer_cell answers[lane_cells * 2];  // room for `ready` and `decoded` too
};

inline constexpr std::uint32_t lane_times_starts =
    1;  ///< stamp every start: somebody counts the time
inline constexpr std::uint32_t lane_single_call =
    2;  ///< a `process`: run one call, exit with its outcome
inline constexpr std::uint32_t lane_no_privileges = 4;  ///< programs it starts gain no rights
inline constexpr std::uint32_t lane_tells_output = 8;   ///< a pipe for its output comes along
inline constexpr std::uint32_t lane_no_network = 16;
inline constexpr std::uint32_t lane_read_only = 32;  ///< rules for what it may write come along
inline constexpr std::uint32_t lane_computes_only = 64;
inline constexpr std::uint32_t lane_measures = 128;  ///< by how much each call makes it grow
/// Descriptors a worker is born with, in this order, and those behind them that its flags speak of.
enum lane_descriptor : std::size_t {
  lane_memory,
  lane_bell,
  lane_arguments,
  lane_answers,
  lane_descriptors
};

}  // namespace tutti::detail
