/// \file
/// What host and worker do to the atomics of a lane, step by step: all that lies between them and a
/// lost call, answer or wake. One place, so that the model of weak memory examines what runs.
#pragma once

#include <cstdint>

#include <tutti/process/detail/lane.hpp>
#include <tutti/sys/atomic.hpp>

namespace tutti::detail::lane_steps {

constexpr std::uint32_t word(cell_state s) noexcept { return static_cast<std::uint32_t>(s); }

// ---- the host -----------------------------------------------------------------------------------

/// The cell is filled: the worker may begin.
inline void post(call_cell& cell) noexcept {
  cell.state.store(word(cell_state::posted), sys::seq_cst);  // pairs: lane.state
}

/// After posting, or asking to leave: does the worker sleep? Then it is to be woken on the word.
inline bool must_wake(lane& l) noexcept {
  if (l.worker_sleeps.load(sys::seq_cst) == 0) return false;  // pairs: lane.worker_sleeps
  l.worker_sleeps.store(0, sys::relaxed);
  return true;
}

/// True: the worker will never begin it.
inline bool take_back(call_cell& cell) noexcept {
  std::uint32_t state = word(cell_state::posted);
  return cell.state.compare_exchange(state, word(cell_state::revoked), sys::acq_rel,
                                     sys::relaxed);  // pairs: lane.state
}

inline bool is_answered(const answer_cell& cell, std::uint32_t number) noexcept {
  return cell.sequence.load(sys::seq_cst) == number;  // pairs: lane.sequence
}

/// True: the host may sleep until its bell rings; false: answer `number` is there.
inline bool may_sleep(lane& l, const answer_cell& cell, std::uint32_t number) noexcept {
  l.host_sleeps.store(1, sys::seq_cst);  // pairs: lane.host_sleeps
  return !is_answered(cell, number);
}

// ---- the worker ---------------------------------------------------------------------------------

/// True: the call is the worker's, and what the host wrote is there to be read.
inline bool begin(call_cell& cell) noexcept {
  std::uint32_t state = word(cell_state::posted);
  return cell.state.compare_exchange(state, word(cell_state::started), sys::acq_rel,
                                     sys::acquire);  // pairs: lane.state
}

/// Nothing to begin and nothing to pass over in this cell.
inline bool has_nothing(const call_cell& cell) noexcept {
  const std::uint32_t state = cell.state.load(sys::seq_cst);  // pairs: lane.state
  return state != word(cell_state::posted) && state != word(cell_state::revoked);
}

/// Announce, look again, sleep: the host posts, then looks whether the worker sleeps. One of the
/// two sees the other. True: the worker may sleep for as long as the word is 1.
inline bool may_sleep(lane& l, const call_cell& next) noexcept {
  l.worker_sleeps.store(1, sys::seq_cst);                      // pairs: lane.worker_sleeps
  return has_nothing(next) && l.quit.load(sys::seq_cst) == 0;  // pairs: lane.quit
}

/// Answer `number` is written. True: the host's bell is to be rung.
inline bool answer(lane& l, answer_cell& cell, std::uint32_t number) noexcept {
  cell.sequence.store(number, sys::seq_cst);  // pairs: lane.sequence
  return l.host_sleeps.load(sys::seq_cst) != 0 &&
         l.host_sleeps.exchange(0, sys::seq_cst) != 0;  // pairs: lane.host_sleeps
}

}  // namespace tutti::detail::lane_steps
