/// \file
/// A thread of a simulation.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <tutti/base/function.hpp>
#include <tutti/base/time.hpp>
#include <tutti/sys/current.hpp>
#include <tutti/sys/parker.hpp>
#include <tutti/sys/world.hpp>
#include <tutti/testing/backend/fiber.hpp>

namespace tutti::detail {

constexpr std::uint32_t strands_told_apart = 64;  ///< by strand::concerns

/// Threads:  the simulation's one.
/// Lifetime: the simulation's; used again for the next thread once joined.
/// Wakes:    see simulation.
/// Order:    program order.
/// Cancel:   by its cell.
struct strand {
  enum class state : unsigned char { ready, parked, joining, done };

  state now = state::done;
  sys::operation what{};         ///< what it is about to do
  const void* object = nullptr;  ///< to which object
  /// All that its step touches of what others see; null: it may be anything. See sys::decide_only.
  const void* touches = nullptr;
  std::uint64_t concerns = 0;   ///< by number, whom this step has woken or found ended
  std::uint32_t number = 0;     ///< in order of start within a run; 0 runs the scenario
  std::uint32_t steps = 0;      ///< decisions so far
  std::uint64_t idle_at = 0;    ///< the simulation's progress when it last gave way; 0: works
  std::uint64_t priority = 0;   ///< for pct
  std::uint32_t unfailing = 0;  ///< its allocations do not fail: they are the laboratory's
  std::uint32_t node = 0;       ///< the simulated process it belongs to; 0: the program itself
  bool heads_node = false;      ///< with its end the node ends
  time_point deadline = time_point::max();
  sys::parker* parked_at = nullptr;
  strand* joiner = nullptr;
  strand* joins = nullptr;
  void* cell = nullptr;  ///< the cell that ran when it parked, for reports
  sys::current_state here{};
  function<void()> body;
  std::string name;
  std::unique_ptr<fiber> stack;
  sys::parker own_parker;
};

}  // namespace tutti::detail
