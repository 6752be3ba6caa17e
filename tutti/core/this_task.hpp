/// \file
/// The task that runs here, seen by itself.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include <tutti/base/time.hpp>

/// Questions a task asks about itself; outside a task they answer for the thread.
namespace tutti::this_task {

/// Unique in this process, never 0.
std::uint64_t id();
/// Its own or inherited name; that of the thread or process outside a task.
std::string name();
/// Names this task and what it starts from now on. The text is copied.
void set_name(std::string_view name);
/// Is the scope this runs in cancelled (or past its deadline)? Then the next wait will throw.
bool cancel_requested() noexcept;
/// Throws `cancelled` if so; for long computations that never wait.
void check();
/// For foreign code: asked to stop when this task's scope is cancelled.
std::stop_token stop_token();
/// The earliest deadline this runs under, if any.
std::optional<time_point> deadline() noexcept;

}  // namespace tutti::this_task

namespace tutti::detail {
/// For the process part: how `name()` answers outside a task in this process from now on.
void set_process_name(std::string name);
}  // namespace tutti::detail
