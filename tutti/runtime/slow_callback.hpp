/// \file
/// What happens when a task holds its loop for too long.
#pragma once

#include <tutti/async/loop.hpp>

namespace tutti::detail {

/// Tells the handler; by default one line on stderr with the task's name and where it was created.
void report_slow_callback(const loop::slow_report& report) noexcept;
loop::slow_handler set_slow_callback_handler(loop::slow_handler handler) noexcept;

}  // namespace tutti::detail
