/// \file
/// The door for extenders: park, wake and the seams.
#pragma once

#include <tutti/core/driver.hpp>
#include <tutti/core/hook.hpp>
#include <tutti/core/scheduler.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/core/timer_wheel.hpp>
