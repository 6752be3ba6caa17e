/// \file
/// A place in the list of those who wait until nothing else can run.
#pragma once

namespace tutti::detail {

class task_cell;

/// Part of simulation.
struct quiet_wait {
  quiet_wait* next = nullptr;
  task_cell* waiter = nullptr;
};

}  // namespace tutti::detail
