#include <tutti/testing/wait_all_blocked.hpp>

#include <tutti/testing/detail/simulation.hpp>

namespace tutti::detail {

const wait_kind quiet_awaiter::parked::kind_of{
    "wait_all_blocked",
    [](wait& w) noexcept { return simulation::here()->forget_quiet(static_cast<parked&>(w)); }};

bool quiet_awaiter::suspend(task_cell& cell, std::coroutine_handle<> h) {
  simulation* const world = simulation::here();
  if (world == nullptr) {
    throw error(
        "wait_all_blocked() knows when all wait only in a simulation: use run_virtual or explore");
  }
  cell.checkpoint();
  wait_.emplace(cell);
  world->when_quiet(*wait_);
  return cell.park(*wait_, h);  // wakes: the simulation, once no strand can run
}

}  // namespace tutti::detail
